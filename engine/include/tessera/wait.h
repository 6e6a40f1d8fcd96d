// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <future>
#include <memory>
#include <stop_token>

#include <tessera/job.h>

namespace tessera {

/// Blocks until a job answers; for tests and the command line, never for a GUI thread.
/// `start` gets an observer and returns the subscription: wait<Picture>([&](auto o) { return engine.request(q, p, std::move(o)); }).
template <typename T, typename Start>
Result<T> wait(Start&& start, std::function<void(const Progress&)> onProgress = {}) {
    auto answer = std::make_shared<std::promise<Result<T>>>();
    auto future = answer->get_future();
    Observer<T> observer;
    observer.onDone = [answer](Result<T> result) { answer->set_value(std::move(result)); };
    observer.onProgress = std::move(onProgress);
    Subscription subscription = start(std::move(observer));
    Result<T> result = future.get();
    subscription.detach();
    return result;
}

}  // namespace tessera
