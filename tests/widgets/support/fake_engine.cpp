// SPDX-License-Identifier: GPL-3.0-or-later
#include "widgets/support/fake_engine.h"

#include <algorithm>

namespace tessera::test {
namespace {

const Error kCancelled{ErrorCode::Cancelled, "cancelled"};

template <typename Job>
struct Handle : Subscription::Handle {
    explicit Handle(std::shared_ptr<Job> jobGiven) : job(std::move(jobGiven)) {}
    void cancel() override { job->answer(kCancelled); }
    std::shared_ptr<Job> job;
};

template <typename Job, typename Jobs, typename Subject, typename Observer>
Subscription keep(Jobs& jobs, Subject subject, Observer observer, Priority priority = Priority::Visible, std::uint64_t slot = 0) {
    if (!observer.executor) observer.executor = inlineExecutor();
    auto job = std::make_shared<Job>(Job{std::move(subject), priority, slot, std::move(observer)});
    jobs.push_back(job);
    return Subscription(std::make_shared<Handle<Job>>(std::move(job)));
}

/// For the parts of the interface that no widget uses.
template <typename T>
Subscription refuse(const Observer<T>& observer) {
    const auto executor = observer.executor ? observer.executor : inlineExecutor();
    executor([done = observer.onDone] { done(Error{ErrorCode::Unsupported, "a fake engine does not do that"}); });
    return {};
}

}  // namespace

FakeEngine::~FakeEngine() {
    for (const auto& job : pictures) job->answer(kCancelled);
    for (const auto& job : opened) job->answer(kCancelled);
    for (const auto& job : described) job->answer(kCancelled);
    for (const auto& job : tokenGrids) job->answer(kCancelled);
    for (const auto& job : books) job->answer(kCancelled);
    for (const auto& job : words) job->answer(kCancelled);
    for (const auto& job : drawings) job->answer(kCancelled);
    for (const auto& job : decoded) job->answer(kCancelled);
}

std::shared_ptr<FakeEngine::PictureJob> FakeEngine::waiting(const std::string& lens, const std::string& path) const {
    const auto it = std::find_if(pictures.rbegin(), pictures.rend(), [&](const auto& job) {
        return !job->answered && job->subject.lens == lens && (path.empty() || pathOf(job->subject.cell.source) == path);
    });
    return it == pictures.rend() ? nullptr : *it;
}

int FakeEngine::countWaiting(const std::string& lens) const {
    return static_cast<int>(std::ranges::count_if(pictures, [&](const auto& job) { return !job->answered && job->subject.lens == lens; }));
}

int FakeEngine::countAsked(const std::string& lens) const {
    return static_cast<int>(std::ranges::count_if(pictures, [&](const auto& job) { return job->subject.lens == lens; }));
}

std::string FakeEngine::pathOf(SourceId source) const {
    const auto it = m_paths.find(source);
    return it == m_paths.end() ? std::string() : it->second;
}

void FakeEngine::answerAll() {
    for (const auto& job : described) job->answer(fakeInfo(1200, 800));
    for (const auto& job : pictures) job->answer(fakePicture(64, 64));
}

void FakeEngine::giveModel(std::uint64_t id, std::vector<std::string> capabilities) {
    const auto& job = opened.back();
    ModelInfo info{.id = ModelId{id}, .name = job->subject.reference, .family = "fake", .device = "nowhere", .precision = "fp32"};
    info.capabilities = std::move(capabilities);
    job->answer(info);
}

std::vector<LensInfo> FakeEngine::standardLenses() {
    const std::vector<ParameterSpec> input{
        {.name = "size", .initial = std::int64_t(256), .low = std::int64_t(0), .high = std::int64_t(8192), .unit = Unit::Pixels},
        {.name = "crop", .initial = std::string("square"), .choices = {"square", "whole"}},
    };
    std::vector<ParameterSpec> difference = input;
    difference.push_back({.name = "kind", .initial = std::string("absolute"), .choices = {"absolute", "signed"}, .display = true});
    return {
        {.name = "source", .parameters = {{.name = "side", .initial = std::int64_t(0), .low = std::int64_t(0), .high = std::int64_t(65535)}}},
        {.name = "input", .parameters = input},
        {.name = "reconstruction", .needs = {"encode", "decode"}, .parameters = input},
        {.name = "difference", .needs = {"encode", "decode"}, .parameters = difference},
    };
}

SourceId FakeEngine::addSource(SourceRequest request) {
    const SourceId id{++m_lastSource};
    m_paths[id] = request.path;
    sources.emplace(id, std::move(request));
    return id;
}

void FakeEngine::removeSource(SourceId source) {
    sources.erase(source);
    removed.push_back(source);
}

Subscription FakeEngine::describeSource(SourceId source, Observer<SourceInfo> observer) {
    return keep<DescribeJob>(described, source, std::move(observer));
}

Subscription FakeEngine::openModel(ModelRequest request, Observer<ModelInfo> observer) {
    return keep<ModelJob>(opened, std::move(request), std::move(observer));
}

Subscription FakeEngine::request(Query query, Priority priority, Observer<Picture> observer, std::uint64_t slot) {
    std::vector<std::shared_ptr<PictureJob>> older;
    for (const auto& job : pictures) {
        if (slot != 0 && job->slot == slot && !job->answered) older.push_back(job);
    }
    Subscription subscription = keep<PictureJob>(pictures, std::move(query), std::move(observer), priority, slot);
    for (const auto& job : older) job->answer(kCancelled);
    return subscription;
}

Subscription FakeEngine::encode(CellRef, ParameterSet, Observer<TensorMap> observer) {
    return refuse(observer);
}

Subscription FakeEngine::decode(ModelId, TensorMap tensors, Observer<std::vector<Picture>> observer) {
    return keep<DecodeJob>(decoded, std::move(tensors), std::move(observer), Priority::Batch);
}

Subscription FakeEngine::tokens(CellRef cell, ParameterSet, Priority priority, Observer<TokenGrid> observer) {
    return keep<TokensJob>(tokenGrids, cell, std::move(observer), priority);
}

Subscription FakeEngine::codebooks(ModelId model, Observer<TensorMap> observer) {
    return keep<CodebooksJob>(books, model, std::move(observer), Priority::Visible);
}

Subscription FakeEngine::describe(DescribeRequest request, Priority priority, Observer<Description> observer) {
    return keep<WordsJob>(words, std::move(request), std::move(observer), priority);
}

Subscription FakeEngine::generate(GenerateRequest request, Priority priority, Observer<Generation> observer) {
    return keep<DrawingJob>(drawings, std::move(request), std::move(observer), priority);
}

Subscription FakeEngine::wordInfluence(WordInfluenceRequest request, Priority priority, Observer<WordInfluence> observer) {
    return keep<InfluenceJob>(influences, std::move(request), std::move(observer), priority);
}

Subscription FakeEngine::parity(ModelId, TensorMap, Observer<TensorMap> observer) {
    return refuse(observer);
}

Subscription FakeEngine::compare(SourceId, SourceId, Observer<MetricsReport> observer) {
    return refuse(observer);
}

Subscription FakeEngine::bench(ModelId, BenchRequest, Observer<BenchReport> observer) {
    return refuse(observer);
}

Picture fakePicture(int width, int height, std::uint8_t grey) {
    Picture picture;
    picture.image = Image(width, height, 3, SharedArray<std::uint8_t>(std::vector<std::uint8_t>(std::size_t(width) * height * 3, grey)));
    picture.summary = std::to_string(width) + " px";
    return picture;
}

SourceInfo fakeInfo(int width, int height) {
    return {.format = "PNG", .width = width, .height = height, .channels = 3, .bitsPerChannel = 8};
}

}  // namespace tessera::test
