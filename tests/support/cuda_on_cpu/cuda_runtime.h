// SPDX-License-Identifier: Apache-2.0
// As much of CUDA as our kernels use, on the CPU: blocks run one after another, the threads of a block take turns from one barrier to the next, in an order
// that changes, so that a missing barrier shows. Slow, but it is the kernels' own code that runs, under the sanitizers too, on machines without a GPU.
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <deque>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include <ucontext.h>
#ifdef __SANITIZE_THREAD__
#include <sanitizer/tsan_interface.h>
#endif

#define __global__
#define __device__
#define __host__
#define __shared__ static
#define __launch_bounds__(...)

struct CUstream_st;
using cudaStream_t = CUstream_st*;
enum cudaError_t { cudaSuccess = 0, cudaErrorInvalidConfiguration = 9 };
inline const char* cudaGetErrorString(cudaError_t) { return "invalid configuration argument"; }

struct dim3 {
    unsigned x, y, z;
    dim3(unsigned x_ = 1, unsigned y_ = 1, unsigned z_ = 1) : x(x_), y(y_), z(z_) {}
};
struct float2 {
    float x, y;
};
struct alignas(16) float4 {
    float x, y, z, w;
};
struct alignas(16) uint4 {
    std::uint32_t x, y, z, w;
};

namespace cuda_on_cpu {

/// A place that can be left for another and come back to. The thread sanitizer is told, and sees no order between threads but what barriers make.
struct Place {
    ucontext_t context{};
#ifdef __SANITIZE_THREAD__
    void* fiber = __tsan_get_current_fiber();
#endif
    void leaveFor(Place& other, [[maybe_unused]] bool forGood = false) {
#ifdef __SANITIZE_THREAD__
        __tsan_switch_to_fiber(other.fiber, forGood ? 0 : __tsan_switch_to_fiber_no_sync);
#endif
        swapcontext(&context, &other.context);
    }
};

/// Opens when as many as are expected have come. Its counters are atomic for the thread sanitizer, which learns from them who waited for whom.
class Barrier {
public:
    explicit Barrier(unsigned expected) : m_expected(expected) {}
    void wait();

private:
    unsigned m_expected;
    std::atomic<unsigned> m_arrived = 0, m_turn = 0;
};

/// Threads of a block that work in step, 32 of them. In two halves that take turns, so that one exchange cannot overtake another.
struct Warp {
    Barrier barrier{32};
    std::array<std::array<std::byte, 32>, 32> values[2];
};

struct Launch {
    dim3 grid, block;
    Barrier barrier, between;
    std::deque<Warp> warps;
    std::atomic<int> votes = 0;
};

/// One thread of the block that runs.
struct Thread {
    Place place;
    Place* scheduler = nullptr;
    std::unique_ptr<std::byte[]> stack;
    const void* work = nullptr;
    void (*run)(const void* work) = nullptr;
    dim3 threadIndex, blockIndex;
    int turn = 0;
    std::atomic<bool> done = false;
};
inline std::atomic<Thread*> current = nullptr;
inline std::atomic<Launch*> launch = nullptr;

inline void takeTurns() {
    Thread& self = *current;
    self.place.leaveFor(*self.scheduler);
}

inline void Barrier::wait() {
    const unsigned turn = m_turn;
    if (++m_arrived == m_expected) {
        m_arrived = 0;
        ++m_turn;
    }
    while (m_turn == turn) takeTurns();
}

/// What every lane gave, at every lane; all 32 take part.
template <typename T>
std::array<T, 32> exchanged(const T& mine) {
    static_assert(sizeof(T) <= 32);
    Thread& self = *current;
    Warp& warp = launch.load()->warps[self.threadIndex.x / 32];
    auto& values = warp.values[self.turn ^= 1];
    std::memcpy(values[self.threadIndex.x % 32].data(), &mine, sizeof mine);
    warp.barrier.wait();
    std::array<T, 32> all;
    for (int lane = 0; lane < 32; ++lane) std::memcpy(&all[lane], values[lane].data(), sizeof mine);
    return all;
}

inline void begin() {
    Thread& self = *current;
    Place& scheduler = *self.scheduler;
    self.run(self.work);
    self.done = true;
    self.place.leaveFor(scheduler, true);
}

/// Not inlined: getcontext looks to the compiler as if it returned twice.
[[gnu::noinline]] inline void prepare(Thread& thread) {
    constexpr std::size_t kStack = std::size_t(256) << 10;
    thread.stack = std::make_unique_for_overwrite<std::byte[]>(kStack);
    getcontext(&thread.place.context);
    thread.place.context.uc_stack.ss_sp = thread.stack.get();
    thread.place.context.uc_stack.ss_size = kStack;
    makecontext(&thread.place.context, begin, 0);
#ifdef __SANITIZE_THREAD__
    thread.place.fiber = __tsan_create_fiber(0);
#endif
}

template <typename Work>
void runThreads(Launch& started, const Work& work) {
    launch = &started;
    Place scheduler;
    std::vector<std::unique_ptr<Thread>> threads;
    for (unsigned t = 0; t < started.block.x; ++t) {
        threads.push_back(std::make_unique<Thread>());
        Thread& thread = *threads.back();
        thread.scheduler = &scheduler;
        thread.work = &work;
        thread.run = [](const void* each) { (*static_cast<const Work*>(each))(); };
        thread.threadIndex = dim3(t);
        prepare(thread);
    }
    std::minstd_rand random(1);
    for (std::size_t left = threads.size(); left > 0;) {
        const std::size_t first = random() % threads.size();
        const bool forwards = random() % 2 == 0;
        for (std::size_t i = 0; i < threads.size(); ++i) {
            Thread& thread = *threads[(first + (forwards ? i : threads.size() - 1 - i)) % threads.size()];
            if (thread.done) continue;
            current = &thread;
            scheduler.leaveFor(thread.place);
            if (thread.done) --left;
        }
    }
#ifdef __SANITIZE_THREAD__
    for (const auto& thread : threads) __tsan_destroy_fiber(thread->place.fiber);
#endif
}

}  // namespace cuda_on_cpu
#define threadIdx (::cuda_on_cpu::current.load()->threadIndex)
#define blockIdx (::cuda_on_cpu::current.load()->blockIndex)
#define gridDim (::cuda_on_cpu::launch.load()->grid)
#define blockDim (::cuda_on_cpu::launch.load()->block)

inline void __syncthreads() { ::cuda_on_cpu::launch.load()->barrier.wait(); }
inline int __syncthreads_or(int vote) {
    std::atomic<int>& votes = ::cuda_on_cpu::launch.load()->votes;
    if (vote != 0) ++votes;
    __syncthreads();
    const int any = votes != 0;
    __syncthreads();
    if (vote != 0) --votes;
    __syncthreads();
    return any;
}
template <typename T>
T __shfl_xor_sync(unsigned, T value, int mask) {
    return ::cuda_on_cpu::exchanged(value)[(threadIdx.x % 32) ^ static_cast<unsigned>(mask)];
}
inline unsigned __ballot_sync(unsigned, int vote) {
    unsigned mask = 0;
    for (const int each : ::cuda_on_cpu::exchanged(vote)) mask = mask >> 1 | (each != 0 ? 0x80000000u : 0u);
    return mask;
}
inline int __ffs(unsigned bits) { return __builtin_ffs(static_cast<int>(bits)); }
inline float __expf(float x) { return std::exp(x); }
inline float __fdividef(float x, float y) { return x / y; }
inline double __dadd_rn(double a, double b) { return a + b; }
inline double __dmul_rn(double a, double b) { return a * b; }
inline int __float_as_int(float value) { return std::bit_cast<int>(value); }
inline float __int_as_float(int bits) { return std::bit_cast<float>(bits); }
inline int atomicAdd(int* address, int value) { return std::atomic_ref(*address).fetch_add(value); }
inline int atomicMin(int* address, int value) {
    const std::atomic_ref shared(*address);
    int seen = shared.load();
    while (value < seen && !shared.compare_exchange_weak(seen, value)) {}
    return seen;
}
inline std::int32_t atomicOr(std::int32_t* address, std::int32_t bits) { return std::atomic_ref(*address).fetch_or(bits); }
template <typename T>
T min(T a, T b) {
    return b < a ? b : a;
}

/// Runs every block of the grid to its end before it returns; limits as on a GPU.
template <typename... Parameters>
cudaError_t cudaLaunchKernel(void (*kernel)(Parameters...), dim3 grid, dim3 block, void** arguments, std::size_t, cudaStream_t) {
    const bool fits = grid.x > 0 && grid.x < (1u << 31) && grid.y > 0 && grid.y < 65536 && grid.z == 1 && block.x > 0 && block.x <= 1024;
    if (!fits) return cudaErrorInvalidConfiguration;
    using namespace cuda_on_cpu;
    Launch started{grid, block, Barrier(block.x), Barrier(block.x), std::deque<Warp>((block.x + 31) / 32)};
    runThreads(started, [&] {
        for (unsigned y = 0; y < grid.y; ++y) {
            for (unsigned x = 0; x < grid.x; ++x) {
                current.load()->blockIndex = dim3(x, y);
                [&]<std::size_t... I>(std::index_sequence<I...>) {
                    kernel(*static_cast<std::remove_reference_t<Parameters>*>(arguments[I])...);
                }(std::index_sequence_for<Parameters...>());
                launch.load()->between.wait();
            }
        }
    });
    return cudaSuccess;
}
