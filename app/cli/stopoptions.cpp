#include "app/cli/stopoptions.h"

namespace boxgate::cli {

namespace {

constexpr std::chrono::seconds DefaultTime{10};
constexpr double LongestSeconds = 3600;

} // namespace

Result<std::chrono::milliseconds> readStopTime(const Arguments &arguments)
{
    if (!arguments.has("time"))
        return DefaultTime;
    bool isNumber = false;
    const double seconds = arguments.value("time").toDouble(&isNumber);
    if (!isNumber || !(seconds >= 0 && seconds <= LongestSeconds)) {
        return fail(ErrorCode::InvalidArgument,
                    QStringLiteral("--time: '%1' is not a number of seconds from 0 to 3600")
                        .arg(arguments.value("time").left(40)));
    }
    return std::chrono::milliseconds(qRound64(seconds * 1000));
}

} // namespace boxgate::cli
