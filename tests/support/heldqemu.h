#pragma once

#include <QtGlobal>

namespace boxgate::test {

class RealHome;

/// A QEMU that stops itself before it boots: boxes that are started while this object lives stay in their
/// boot until it is let on, however quick or busy the host is. Real in everything else.
class HeldQemu
{
public:
    /// The home's programs that start from here on get it.
    explicit HeldQemu(const RealHome &home);
    ~HeldQemu();
    HeldQemu(const HeldQemu &) = delete;
    HeldQemu &operator=(const HeldQemu &) = delete;

    /// The process that is held; 0 while there is none.
    qint64 pid() const;
    void letOn() const;

private:
    const RealHome &m_home;
};

} // namespace boxgate::test
