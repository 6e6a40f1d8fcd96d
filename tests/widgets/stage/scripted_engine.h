// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include <tessera/engine.h>

namespace tessera::test {

/// An engine that does nothing until a test says what came of a request. Sources are described at once as 64 x 48 pixels of PNG, the
/// only model opens at once, thumbnails are never made.
class ScriptedEngine : public Engine {
public:
    struct Asked {
        Query query;
        Observer<Picture> observer;
        bool answered = false;
        void answer(Result<Picture> result);
        void tell(const Progress& progress);
        void show(Picture partial);
    };

    ScriptedEngine();

    /// The newest request of a lens that waits for an answer; null if there is none.
    std::shared_ptr<Asked> waiting(const std::string& lens) const;
    std::shared_ptr<Asked> newest(const std::string& lens) const;  ///< answered or not; null if there is none
    std::size_t requests(const std::string& lens) const;  ///< so far
    ModelInfo model;
    std::optional<Error> modelError;  ///< why the next model does not open
    /// What tokens() answers at once, with the edit that was asked for; none: it never answers. Its layout is to be the model's.
    std::optional<TokenGrid> grid;
    std::vector<TokenEdit> edits;  ///< ids count from 1
    /// Answers requests at once; those that it gives nothing for wait for the test.
    std::function<std::optional<Picture>(const Query& query)> draw;
    std::vector<LensInfo> more;  ///< lenses besides the usual ones

    SourceId addSource(SourceRequest request) override;
    void removeSource(SourceId) override {}
    Subscription describeSource(SourceId source, Observer<SourceInfo> observer) override;
    std::vector<ModelEntry> models() const override;
    Subscription openModel(ModelRequest request, Observer<ModelInfo> observer) override;
    void closeModel(ModelId) override {}
    EditId addEdit(TokenEdit edit) override {
        edits.push_back(std::move(edit));
        return EditId{edits.size()};
    }
    void removeEdit(EditId) override {}
    std::vector<LensInfo> lenses() const override;
    Subscription request(Query query, Priority priority, Observer<Picture> observer, std::uint64_t slot) override;
    Subscription encode(CellRef, ParameterSet, Observer<TensorMap>) override { return {}; }
    Subscription decode(ModelId, TensorMap, Observer<std::vector<Picture>>) override { return {}; }
    Subscription tokens(CellRef cell, ParameterSet, Priority, Observer<TokenGrid> observer) override;
    Subscription codebooks(ModelId, Observer<TensorMap>) override { return {}; }
    Subscription describe(DescribeRequest, Priority, Observer<Description>) override { return {}; }
    Subscription generate(GenerateRequest, Priority, Observer<Generation>) override { return {}; }
    Subscription wordInfluence(WordInfluenceRequest, Priority, Observer<WordInfluence>) override { return {}; }
    Subscription parity(ModelId, TensorMap, Observer<TensorMap>) override { return {}; }
    Subscription compare(SourceId, SourceId, Observer<MetricsReport>) override { return {}; }
    Subscription bench(ModelId, BenchRequest, Observer<BenchReport>) override { return {}; }
    EngineStatus status() const override { return {.device = "CPU"}; }
    DeviceList devices() const override { return {.entries = {{"cpu", "CPU"}}}; }

private:
    std::vector<std::string> m_names;
    std::vector<std::shared_ptr<Asked>> m_asked;
};

}  // namespace tessera::test
