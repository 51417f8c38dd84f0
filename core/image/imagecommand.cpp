#include "core/image/imagecommand.h"

#include <array>

namespace boxgate {

namespace {

constexpr std::array Names{"HUP",  "INT",    "QUIT", "ILL",   "TRAP", "ABRT", "BUS",  "FPE",
                           "KILL", "USR1",   "SEGV", "USR2",  "PIPE", "ALRM", "TERM", "STKFLT",
                           "CHLD", "CONT",   "STOP", "TSTP",  "TTIN", "TTOU", "URG",  "XCPU",
                           "XFSZ", "VTALRM", "PROF", "WINCH", "IO",   "PWR",  "SYS"};
constexpr int MaxSignal = 64;
/// As the C library counts, which keeps two for itself.
constexpr int FirstRealTime = 34;

} // namespace

QStringList mainCommand(const ImageConfig &image, const BoxSpec &spec)
{
    if (spec.isIdle)
        return {};
    if (spec.entrypoint)
        return *spec.entrypoint + spec.command; // the image's command is made for the image's entrypoint
    return image.entrypoint + (spec.command.isEmpty() ? image.command : spec.command);
}

int signalNumber(const QString &name)
{
    QString word = name.toUpper();
    if (word.startsWith(QLatin1String("SIG")))
        word.remove(0, 3);
    bool isNumber = false;
    int number = word.toInt(&isNumber);
    if (!isNumber && word.startsWith(QLatin1String("RTMIN"))) {
        const QString offset = word.mid(5);
        number = FirstRealTime + (offset.isEmpty() ? 0 : offset.toInt(&isNumber));
        isNumber = isNumber || offset.isEmpty();
    }
    if (isNumber)
        return number >= 1 && number <= MaxSignal ? number : 0;
    for (std::size_t i = 0; i < Names.size(); ++i) {
        if (word == QLatin1String(Names[i]))
            return int(i) + 1;
    }
    return 0;
}

} // namespace boxgate
