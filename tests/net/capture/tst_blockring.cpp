#include <QTest> // first: moc of Qt 6.4 cannot read a standard header before Qt's

#include "net/capture/blockring.h"

#include <algorithm>
#include <deque>
#include <random>
#include <thread>

using namespace boxgate::net;

namespace {

/// What the block with this number looks like.
size_t sizeOf(uint32_t number, size_t largest) { return 8 + number * 2654435761u % largest / 4 * 4; }

void fill(std::span<uint8_t> block, uint32_t number)
{
    std::ranges::fill(block, uint8_t(number));
    std::memcpy(block.data(), &number, sizeof number);
}

bool isBlock(std::span<const uint8_t> block, uint32_t number)
{
    return std::memcmp(block.data(), &number, sizeof number) == 0
        && std::ranges::all_of(block.subspan(4), [&](uint8_t byte) { return byte == uint8_t(number); });
}

} // namespace

class TestBlockRing : public QObject
{
    Q_OBJECT

private Q_SLOTS:
    void allOfItCanBeUsed_data()
    {
        QTest::addColumn<size_t>("size");
        QTest::addColumn<size_t>("count");
        QTest::newRow("halves") << BlockRing::Capacity / 2 << size_t(2);
        QTest::newRow("blocks that divide it") << size_t(4096) << BlockRing::Capacity / 4096;
        QTest::newRow("blocks that do not") << size_t(1000) << BlockRing::Capacity / 1000;
    }
    void allOfItCanBeUsed()
    {
        QFETCH(size_t, size);
        QFETCH(size_t, count);
        BlockRing ring;
        for (int round = 0; round < 3; ++round) {
            for (size_t block = 0; block < count; ++block) {
                QCOMPARE(ring.room(size).size(), size);
                ring.publish();
            }
            QVERIFY(ring.room(size).empty());
            size_t taken = 0;
            for (auto blocks = ring.published(); !blocks.empty(); blocks = ring.published()) {
                taken += blocks.size();
                ring.release(blocks.size());
            }
            QCOMPARE(taken, count * size);
            QCOMPARE(ring.queued(), size_t(0));
        }
    }

    void aBlockIsHandedOverWhenItIsPublished()
    {
        BlockRing ring;
        QVERIFY(ring.published().empty());
        fill(ring.room(100), 1);
        QVERIFY(ring.published().empty());
        ring.publish();
        QCOMPARE(ring.queued(), size_t(100));
        QCOMPARE(ring.published().size(), size_t(100));
    }

    void blocksComeOutWholeAndInOrder_data()
    {
        QTest::addColumn<size_t>("largest");
        QTest::newRow("small ones") << size_t(2000);
        QTest::newRow("large ones") << size_t(66 * 1024);
        QTest::newRow("huge ones: most are put at the start") << BlockRing::Capacity / 2 - 8;
    }
    /// One thread, against a plain queue.
    void blocksComeOutWholeAndInOrder()
    {
        QFETCH(size_t, largest);
        std::mt19937 random(3);
        BlockRing ring;
        std::deque<size_t> expected;
        uint32_t next = 0, oldest = 0;
        for (int turn = 0; turn < 3000; ++turn) {
            if (random() % 2 == 0) {
                const size_t size = sizeOf(next, largest);
                const auto room = ring.room(size);
                QVERIFY(!room.empty() || !expected.empty()); // nothing queued: it fits
                if (!room.empty()) {
                    fill(room.first(std::min<size_t>(size, 64)), next++);
                    ring.publish();
                    expected.push_back(size);
                }
            } else if (const auto blocks = ring.published(); blocks.empty()) {
                QVERIFY(expected.empty());
            } else {
                QVERIFY(blocks.size() >= expected.front());
                QVERIFY(isBlock(blocks.first(std::min<size_t>(expected.front(), 64)), oldest++));
                ring.release(expected.front());
                expected.pop_front();
            }
        }
        QVERIFY(oldest > 500); // control: blocks did pass
    }

    void twoThreadsLoseNothing_data() { blocksComeOutWholeAndInOrder_data(); }
    void twoThreadsLoseNothing()
    {
        QFETCH(size_t, largest);
        const uint32_t count = uint32_t(std::clamp<size_t>(30'000'000 / largest, 20, 10'000));
        BlockRing ring;
        std::thread producer([&] {
            for (uint32_t number = 0; number < count;) {
                const auto room = ring.room(sizeOf(number, largest));
                if (room.empty()) {
                    std::this_thread::yield();
                    continue;
                }
                fill(room, number++);
                ring.publish();
            }
        });
        bool isRight = true;
        for (uint32_t number = 0; number < count;) {
            auto blocks = ring.published();
            if (blocks.empty())
                std::this_thread::yield();
            while (!blocks.empty()) {
                const size_t size = sizeOf(number, largest);
                isRight = isRight && size <= blocks.size() && isBlock(blocks.first(size), number);
                ring.release(size);
                blocks = blocks.subspan(std::min(size, blocks.size()));
                ++number;
            }
        }
        producer.join();
        QVERIFY(isRight);
        QCOMPARE(ring.queued(), size_t(0));
    }
};

QTEST_APPLESS_MAIN(TestBlockRing)
#include "tst_blockring.moc"
