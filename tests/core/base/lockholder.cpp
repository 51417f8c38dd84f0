// Holds the lock named by its argument until it is killed; says "held" once it has it.
#include "core/base/filelock.h"

#include <cstdio>
#include <unistd.h>

int main(int, char **argv)
{
    const auto lock = boxgate::FileLock::acquire(QString::fromLocal8Bit(argv[1]));
    std::puts(lock ? "held" : "refused");
    std::fflush(stdout);
    if (lock)
        ::pause();
    return lock ? 0 : 1;
}
