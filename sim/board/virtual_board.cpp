// A board design, compiled by Verilator, behind a pseudo-terminal: what is written to the terminal goes down the line
// into the design's rx pin, what leaves its tx pin can be read from the terminal.
//
// Usage: Vvirtual_board CLOCK_HZ BAUD START_CYCLES QUIET_CYCLES
//
// Runs START_CYCLES, writes the path of the terminal to stdout, and serves it until stdin ends; then it writes
// "ran CYCLES SECONDS", the seconds of the processor that they took. One period of `clk` is one cycle of the design.
//
// A byte is taken from the terminal when the line is free for it and no earlier, so whoever writes more waits, as at a
// real port; what is not read is kept, however much. Time is that of the design: it goes as fast as the processor can
// while bytes move and QUIET_CYCLES longer, and then stands still until there is something to do.

#include "Vvirtual_board.h"
#include "verilated.h"

#include <algorithm>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fcntl.h>
#include <poll.h>
#include <string>
#include <termios.h>
#include <unistd.h>

namespace {

// How often the terminal is looked at while the line into the board is free.
constexpr uint64_t LOOK_CYCLES = 64;
// A start bit, eight data bits, a stop bit.
constexpr unsigned FRAME_BITS = 10;

[[noreturn]] void fail(const char* what) {
    std::fprintf(stderr, "virtual_board: %s: %s\n", what, std::strerror(errno));
    std::exit(1);
}

// A pseudo-terminal that hands on every byte as it is. The program keeps the other end open too, so it outlives a host
// that goes away.
class Terminal {
public:
    Terminal() : m_fd{posix_openpt(O_RDWR | O_NOCTTY)} {
        if (m_fd < 0 || grantpt(m_fd) || unlockpt(m_fd)) fail("no pseudo-terminal");
        m_path = ptsname(m_fd);
        m_other = open(m_path.c_str(), O_RDWR | O_NOCTTY);
        termios settings{};
        if (m_other < 0 || tcgetattr(m_other, &settings)) fail(m_path.c_str());
        cfmakeraw(&settings);
        if (tcsetattr(m_other, TCSANOW, &settings) || fcntl(m_fd, F_SETFL, O_NONBLOCK)) fail(m_path.c_str());
    }

    const std::string& path() const { return m_path; }
    bool kept() const { return !m_kept.empty(); }

    // Look for a byte, and for the end of stdin; `wait` until there is either, or room for what is kept.
    void look(bool wait) {
        const short wanted = kept() ? POLLIN | POLLOUT : POLLIN;
        pollfd polled[] = {{m_fd, wanted, 0}, {STDIN_FILENO, POLLIN, 0}};
        if (poll(polled, 2, wait ? -1 : 0) < 0 && errno != EINTR) fail("poll");
        m_readable = polled[0].revents & POLLIN;
        if (polled[0].revents & POLLOUT) flush();
        char ignored[64];
        m_ended = polled[1].revents && read(STDIN_FILENO, ignored, sizeof ignored) <= 0;
    }

    bool ended() const { return m_ended; }

    bool take(uint8_t& byte) {
        if (!m_readable) return false;
        m_readable = false;
        return read(m_fd, &byte, 1) == 1;
    }

    void put(uint8_t byte) {
        m_kept += static_cast<char>(byte);
        flush();
    }

private:
    void flush() {
        const ssize_t taken = write(m_fd, m_kept.data(), m_kept.size());
        if (taken > 0) m_kept.erase(0, taken);
    }

    int m_fd, m_other;
    std::string m_path, m_kept;
    bool m_readable = false, m_ended = false;
};

// Where the bits of a byte begin (`half` = 0) or have their middle (1), in cycles behind the byte's begin.
struct BitTimes {
    uint64_t clock_hz, baud;
    uint64_t at(unsigned bit, unsigned half) const { return (2 * bit + half) * clock_hz / (2 * baud); }
};

class Board {
public:
    Board(VerilatedContext& context, const BitTimes& times)
        : m_context{context}, m_board{&context}, m_times{times}, m_half_ps{500'000'000'000 / times.clock_hz} {
        m_board.rx = 1;
    }

    uint64_t cycle() const { return m_cycle; }
    bool sending() const { return m_send_bit < FRAME_BITS; }
    bool receiving() const { return m_receive_bit < FRAME_BITS; }
    uint64_t last_byte() const { return m_last_byte; }

    void send(uint8_t byte) {
        m_to_send = 1u << 9 | byte << 1;
        m_send_begin = m_last_byte = m_cycle;
        m_send_bit = 0;
        m_board.rx = 0;
        m_send_at = m_times.at(1, 0);
    }

    // Run to a cycle, or to the end of the byte that is sent; the bytes that come go to the terminal.
    void run(uint64_t until, Terminal& terminal) {
        const bool was_sending = sending();
        while (m_cycle < until && !(was_sending && !sending()) && !m_context.gotFinish()) {
            uint64_t stop = until;
            if (sending()) stop = std::min(stop, m_send_begin + m_send_at);
            if (receiving()) {
                advance(std::min(stop, m_receive_begin + m_receive_at));
                if (m_cycle == m_receive_begin + m_receive_at) receive(terminal);
            } else if (advance_to_start_bit(stop)) {
                m_receive_begin = m_cycle;
                m_receive_bit = 0;
                m_receive_at = m_times.at(0, 1);
            }
            if (sending() && m_cycle == m_send_begin + m_send_at) shift();
        }
    }

private:
    void step() {
        m_board.clk = 0;
        m_board.eval();
        m_context.timeInc(m_half_ps);
        m_board.clk = 1;
        m_board.eval();
        m_context.timeInc(m_half_ps);
        ++m_cycle;
    }

    void advance(uint64_t until) {
        while (m_cycle < until) step();
    }

    bool advance_to_start_bit(uint64_t until) {
        while (m_cycle < until) {
            step();
            if (!m_board.tx) return true;
        }
        return false;
    }

    void shift() {
        ++m_send_bit;
        if (sending()) m_board.rx = m_to_send >> m_send_bit & 1;
        m_send_at = m_times.at(m_send_bit + 1, 0);
        m_last_byte = m_cycle;
    }

    // The middle of a bit. A start bit that is over, or a byte without a stop bit, was none.
    void receive(Terminal& terminal) {
        m_received = m_received >> 1 | m_board.tx << 9;
        if (m_receive_bit == 0 && m_board.tx) m_receive_bit = FRAME_BITS;
        else if (++m_receive_bit < FRAME_BITS) m_receive_at = m_times.at(m_receive_bit, 1);
        else if (m_board.tx) terminal.put(m_received >> 1 & 0xff);
        m_last_byte = m_cycle;
    }

    VerilatedContext& m_context;
    Vvirtual_board m_board;
    const BitTimes m_times;
    const uint64_t m_half_ps;
    uint64_t m_cycle = 0, m_last_byte = 0;
    // Of the byte that is sent, and of the one that is received: its begin, the bit, and when that is due.
    unsigned m_to_send = 0, m_send_bit = FRAME_BITS, m_received = 0, m_receive_bit = FRAME_BITS;
    uint64_t m_send_begin = 0, m_send_at = 0, m_receive_begin = 0, m_receive_at = 0;
};

}  // namespace

int main(int argc, char** argv) {
    if (argc != 5) {
        std::fprintf(stderr, "usage: %s CLOCK_HZ BAUD START_CYCLES QUIET_CYCLES\n", argv[0]);
        return 2;
    }
    const BitTimes times{std::strtoull(argv[1], nullptr, 10), std::strtoull(argv[2], nullptr, 10)};
    const uint64_t start = std::strtoull(argv[3], nullptr, 10), quiet = std::strtoull(argv[4], nullptr, 10);
    VerilatedContext context;
    Board board{context, times};
    Terminal terminal;
    while (board.cycle() < start && !terminal.ended() && !context.gotFinish()) {
        board.run(std::min(start, board.cycle() + 16 * LOOK_CYCLES), terminal);
        terminal.look(false);
    }
    if (!context.gotFinish()) std::printf("%s\n", terminal.path().c_str());
    std::fflush(stdout);
    while (!terminal.ended() && !context.gotFinish()) {
        const bool still = !board.sending() && !board.receiving() && board.cycle() - board.last_byte() >= quiet;
        if (!board.sending()) {
            terminal.look(still);
            if (uint8_t byte; terminal.take(byte)) board.send(byte);
            else if (still) continue;
        }
        board.run(board.cycle() + (board.sending() ? UINT16_MAX : LOOK_CYCLES), terminal);
    }
    std::printf("ran %llu %.3f\n", static_cast<unsigned long long>(board.cycle()),
                static_cast<double>(std::clock()) / CLOCKS_PER_SEC);
    return context.gotFinish() ? 1 : 0;
}
