// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <deque>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <tessera/engine.h>

namespace tessera::test {

/// One job that somebody asked for. It is answered by the test, by cancelling, or when the engine goes: once in every case.
template <typename T, typename Subject>
struct FakeJob {
    Subject subject;
    Priority priority = Priority::Visible;
    std::uint64_t slot = 0;
    Observer<T> observer;
    bool answered = false, cancelled = false;

    void answer(Result<T> result) {
        if (std::exchange(answered, true)) return;
        cancelled = result.cancelled();
        observer.executor([done = observer.onDone, result = std::move(result)] { done(result); });
    }
    void progress(const Progress& progress) {
        if (observer.onProgress) observer.executor([tell = observer.onProgress, progress] { tell(progress); });
    }
    void partial(T value) {
        if (observer.onPartial) observer.executor([tell = observer.onPartial, value] { tell(value); });
    }
};

/// An engine without pictures: it writes down what it is asked and answers what the test says. One thread.
class FakeEngine : public Engine {
public:
    using PictureJob = FakeJob<Picture, Query>;
    using ModelJob = FakeJob<ModelInfo, ModelRequest>;
    using DescribeJob = FakeJob<SourceInfo, SourceId>;
    using TokensJob = FakeJob<TokenGrid, CellRef>;
    using CodebooksJob = FakeJob<TensorMap, ModelId>;
    using WordsJob = FakeJob<Description, DescribeRequest>;
    using DrawingJob = FakeJob<Generation, GenerateRequest>;
    using InfluenceJob = FakeJob<WordInfluence, WordInfluenceRequest>;
    using DecodeJob = FakeJob<std::vector<Picture>, TensorMap>;

    ~FakeEngine() override;

    /// Jobs in the order of their arrival, answered ones included.
    std::deque<std::shared_ptr<PictureJob>> pictures;
    std::deque<std::shared_ptr<ModelJob>> opened;
    std::deque<std::shared_ptr<DescribeJob>> described;
    std::deque<std::shared_ptr<TokensJob>> tokenGrids;
    std::deque<std::shared_ptr<CodebooksJob>> books;
    std::deque<std::shared_ptr<WordsJob>> words;
    std::deque<std::shared_ptr<DrawingJob>> drawings;
    std::deque<std::shared_ptr<InfluenceJob>> influences;
    std::deque<std::shared_ptr<DecodeJob>> decoded;
    std::map<SourceId, SourceRequest> sources;  ///< there now
    std::vector<SourceId> removed;
    std::vector<TokenEdit> edits;  ///< in the order of their arrival; ids count from 1
    std::vector<ModelId> closed;
    std::vector<LensInfo> offered = standardLenses();
    std::vector<ModelEntry> listed{{.name = "mini", .family = "fake", .path = "/models/mini", .fileBytes = 9'600'000, .embedded = true}};
    DeviceList computing{.entries = {{"cpu", "CPU, 2 threads"}}, .cudaAbsence = "there is no NVIDIA driver on this computer"};

    /// The newest job for the lens that waits for its answer, of the file with that path if it is given; null if there is none.
    std::shared_ptr<PictureJob> waiting(const std::string& lens, const std::string& path = {}) const;
    int countWaiting(const std::string& lens) const;
    /// How often the lens was asked for, answered or not.
    int countAsked(const std::string& lens) const;
    std::string pathOf(SourceId source) const;
    /// Answers every waiting description and picture, so that a test can look at what comes after.
    void answerAll();
    /// Answers the newest opening with a model of that id.
    void giveModel(std::uint64_t id, std::vector<std::string> capabilities = {"encode", "decode"});

    static std::vector<LensInfo> standardLenses();

    SourceId addSource(SourceRequest request) override;
    void removeSource(SourceId source) override;
    Subscription describeSource(SourceId source, Observer<SourceInfo> observer) override;
    std::vector<ModelEntry> models() const override { return listed; }
    Subscription openModel(ModelRequest request, Observer<ModelInfo> observer) override;
    void closeModel(ModelId model) override { closed.push_back(model); }
    EditId addEdit(TokenEdit edit) override {
        edits.push_back(std::move(edit));
        return EditId{edits.size()};
    }
    void removeEdit(EditId) override {}
    std::vector<LensInfo> lenses() const override { return offered; }
    Subscription request(Query query, Priority priority, Observer<Picture> observer, std::uint64_t slot) override;
    Subscription encode(CellRef, ParameterSet, Observer<TensorMap> observer) override;
    Subscription decode(ModelId, TensorMap tensors, Observer<std::vector<Picture>> observer) override;
    Subscription tokens(CellRef cell, ParameterSet, Priority priority, Observer<TokenGrid> observer) override;
    Subscription codebooks(ModelId model, Observer<TensorMap> observer) override;
    Subscription describe(DescribeRequest request, Priority priority, Observer<Description> observer) override;
    Subscription generate(GenerateRequest request, Priority priority, Observer<Generation> observer) override;
    Subscription wordInfluence(WordInfluenceRequest request, Priority priority, Observer<WordInfluence> observer) override;
    Subscription parity(ModelId, TensorMap, Observer<TensorMap> observer) override;
    Subscription compare(SourceId, SourceId, Observer<MetricsReport> observer) override;
    Subscription bench(ModelId, BenchRequest, Observer<BenchReport> observer) override;
    EngineStatus status() const override { return {.device = "nowhere"}; }
    DeviceList devices() const override { return computing; }

private:
    std::map<SourceId, std::string> m_paths;  ///< of all that were ever there
    std::uint64_t m_lastSource = 0;
};

/// A grey picture of that size.
Picture fakePicture(int width, int height, std::uint8_t grey = 128);
SourceInfo fakeInfo(int width, int height);

}  // namespace tessera::test
