#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/transport/frametransport.h"

#include <fcntl.h>
#include <numeric>
#include <sys/socket.h>
#include <unistd.h>

using namespace boxgate::net;

namespace {

using Frame = std::vector<uint8_t>;

Frame frameOf(size_t size, uint8_t begin)
{
    Frame frame(size);
    std::iota(frame.begin(), frame.end(), begin);
    return frame;
}

} // namespace

Q_DECLARE_METATYPE(std::vector<size_t>)

/// Frames to the guest: all of them arrive whole and in order, however slowly the guest's side takes them.
class TestFrameTransport : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        int ends[2];
        QVERIFY(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) == 0);
        m_transport = std::make_unique<FrameTransport>(ends[0]);
        m_guest = ends[1];
        ::fcntl(m_guest, F_SETFL, O_NONBLOCK);
    }

    void cleanup()
    {
        m_transport.reset();
        ::close(m_guest);
    }

    void framesArriveInOrder_data()
    {
        static constexpr size_t small = 60;
        constexpr size_t large = FrameTransport::DirectBytes;
        QTest::addColumn<std::vector<size_t>>("sizes");
        QTest::newRow("small") << std::vector<size_t>(100, small);
        QTest::newRow("large") << std::vector<size_t>(10, 65534);
        QTest::newRow("large behind small") << std::vector<size_t>{small, small, large, small, large};
        QTest::newRow("just below and at the mark") << std::vector<size_t>{large - 1, large, large - 1};
        QTest::newRow("more than the socket takes") << std::vector<size_t>(50, 32'794);
        QTest::newRow("small ones behind what it does not take") << [] {
            std::vector<size_t> sizes(20, 32'794);
            sizes.insert(sizes.end(), 3000, small);
            sizes.insert(sizes.end(), 5, 65534);
            return sizes;
        }();
    }

    void framesArriveInOrder()
    {
        QFETCH(std::vector<size_t>, sizes);
        const int least = 4096; // of the kernel's buffer, so that writes end in the middle of frames
        ::setsockopt(m_transport->descriptor(), SOL_SOCKET, SO_SNDBUF, &least, sizeof least);
        FrameDecoder decoder;
        size_t arrived = 0;
        const auto receive = [&] {
            const auto room = decoder.room();
            const ssize_t count = ::recv(m_guest, room.data(), std::min<size_t>(room.size(), 5000), 0);
            if (count <= 0)
                return false;
            decoder.received(size_t(count));
            for (auto frame = decoder.next(); !frame.empty(); frame = decoder.next(), ++arrived) {
                const Frame expected = frameOf(sizes[arrived], uint8_t(arrived));
                if (!std::ranges::equal(frame, expected))
                    return false;
            }
            return true;
        };
        for (size_t i = 0; i < sizes.size(); ++i) {
            const Frame frame = frameOf(sizes[i], uint8_t(i));
            m_transport->send(std::span(frame).first(14), std::span(frame).subspan(14));
            if (i % 7 == 0)
                receive();
        }
        do {
            m_transport->flush();
        } while (receive());
        QCOMPARE(arrived, sizes.size());
        QCOMPARE(m_transport->queuedBytes(), size_t(0));
        QVERIFY(!m_transport->isClosed());
    }

    void smallFramesGather()
    {
        const Frame frame = frameOf(100, 0);
        m_transport->send(frame, {});
        QCOMPARE(m_transport->queuedBytes(), 104u);
        uint8_t byte;
        QCOMPARE(::recv(m_guest, &byte, 1, 0), -1);
        m_transport->flush();
        QCOMPARE(m_transport->queuedBytes(), 0u);
        QCOMPARE(::recv(m_guest, &byte, 1, 0), 1);
    }

    void whatTheGuestDoesNotTakeIsKept()
    {
        const Frame frame = frameOf(65534, 0);
        for (int i = 0; i < 40; ++i)
            m_transport->send(frame, {});
        QVERIFY(m_transport->isAbovePauseMark());
        QVERIFY(!m_transport->isClosed());
    }

    void aGuestThatHasGoneClosesIt_data()
    {
        QTest::addColumn<size_t>("size");
        QTest::newRow("a small frame") << size_t(60);
        QTest::newRow("a large frame") << size_t(65534);
    }

    void aGuestThatHasGoneClosesIt()
    {
        QFETCH(size_t, size);
        ::shutdown(m_guest, SHUT_RDWR);
        m_transport->send(frameOf(size, 0), {});
        m_transport->flush();
        QVERIFY(m_transport->isClosed());
        QCOMPARE(m_transport->queuedBytes(), 0u);
    }

private:
    std::unique_ptr<FrameTransport> m_transport;
    int m_guest = -1;
};

QTEST_APPLESS_MAIN(TestFrameTransport)

#include "tst_frametransport.moc"
