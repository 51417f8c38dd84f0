#include "core/base/taskscope.h"

#include <QCoroTimer>
#include <QTest>

using namespace boxgate;
using namespace std::chrono_literals;

class TestTaskScope : public QObject
{
    Q_OBJECT

    static Async<void> wait(int *ended)
    {
        co_await QCoro::sleepFor(1ms);
        ++*ended;
        co_return Result<void>();
    }

    static Async<void> failAtOnce() { co_return fail(ErrorCode::NotFound, QStringLiteral("nothing there")); }

private Q_SLOTS:
    void joinWaitsForEveryTask()
    {
        TaskScope scope;
        int ended = 0;
        scope.spawn("one", wait(&ended));
        scope.spawn("two", wait(&ended));
        QCOMPARE(scope.running(), 2);
        QCoro::waitFor(scope.join());
        QCOMPARE(ended, 2);
        QCOMPARE(scope.running(), 0);
    }

    void joinOfNothingEndsAtOnce()
    {
        TaskScope scope;
        QCoro::waitFor(scope.join());
    }

    void aFailureIsLoggedWithTheTasksName()
    {
        TaskScope scope;
        QTest::ignoreMessage(QtWarningMsg, "pull: nothing there");
        scope.spawn("pull", failAtOnce());
        QCOMPARE(scope.running(), 0);
    }
};

QTEST_GUILESS_MAIN(TestTaskScope)
#include "tst_taskscope.moc"
