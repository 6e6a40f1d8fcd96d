// SPDX-License-Identifier: Apache-2.0
#include "jobs/job_record.h"

#include <utility>

namespace tessera::jobs {
namespace {

void call(const Observer<StageAnswer>& observer, JobRecord::Mail&& mail) {
    if (auto* progress = std::get_if<Progress>(&mail)) {
        if (observer.onProgress) observer.onProgress(*progress);
    } else if (auto* partial = std::get_if<StageAnswer>(&mail)) {
        if (observer.onPartial) observer.onPartial(std::move(*partial));
    } else if (observer.onDone) {
        observer.onDone(std::move(std::get<Result<StageAnswer>>(mail)));
    }
}

}  // namespace

JobRecord::JobRecord(Rank rankGiven, std::uint64_t slotGiven, Observer<StageAnswer> observer)
    : rank(rankGiven),
      slot(slotGiven),
      wantsProgress(static_cast<bool>(observer.onProgress)),
      wantsPartial(static_cast<bool>(observer.onPartial)),
      m_observer(std::make_shared<const Observer<StageAnswer>>(std::move(observer))) {}

void JobRecord::post(Mail mail) {
    const std::lock_guard lock(m_mutex);
    const bool overtaken = !m_mail.empty() && m_mail.back().index() == mail.index();
    if (overtaken) m_mail.pop_back();  // two progresses or partials in a row: only the newer matters
    m_mail.push_back(std::move(mail));
}

void JobRecord::deliver() noexcept {
    std::unique_lock lock(m_mutex);
    if (m_delivering) return;
    m_delivering = true;
    while (!m_mail.empty()) {
        auto mail = std::make_shared<Mail>(std::move(m_mail.front()));
        m_mail.pop_front();
        auto observer = m_observer;
        if (std::holds_alternative<Result<StageAnswer>>(*mail)) m_observer.reset();
        lock.unlock();
        if (observer->executor) {
            const Executor& executor = observer->executor;
            executor([observer, mail] { call(*observer, std::move(*mail)); });
        } else {
            call(*observer, std::move(*mail));
        }
        mail.reset();
        observer.reset();  // what the observer holds may die here, and cancel other jobs while it does
        lock.lock();
    }
    m_delivering = false;
}

}  // namespace tessera::jobs
