// SPDX-License-Identifier: GPL-3.0-or-later
#include "scripted_engine.h"

#include <algorithm>
#include <ranges>

namespace tessera::test {
namespace {

template <typename T>
void tellLater(const Observer<T>& observer, Result<T> result) {
    const auto run = [done = observer.onDone, result = std::move(result)] { done(result); };
    observer.executor ? observer.executor(run) : run();
}

struct Cancel : Subscription::Handle {
    explicit Cancel(std::weak_ptr<ScriptedEngine::Asked> asked) : asked(std::move(asked)) {}
    void cancel() override {
        if (const auto alive = asked.lock()) alive->answer(Error{ErrorCode::Cancelled, "cancelled", "", ""});
    }
    std::weak_ptr<ScriptedEngine::Asked> asked;
};

}  // namespace

void ScriptedEngine::Asked::answer(Result<Picture> result) {
    if (std::exchange(answered, true)) return;
    tellLater(observer, std::move(result));
}

void ScriptedEngine::Asked::tell(const Progress& progress) {
    if (!answered && observer.onProgress) observer.executor([tell = observer.onProgress, progress] { tell(progress); });
}

void ScriptedEngine::Asked::show(Picture partial) {
    if (!answered && observer.onPartial) observer.executor([show = observer.onPartial, partial] { show(partial); });
}

ScriptedEngine::ScriptedEngine() {
    model = {.id = ModelId{1}, .name = "scripted", .family = "none", .device = "CPU", .precision = "fp32", .shape = "f8 c4"};
    model.downsample = 8;
    model.latentChannels = 4;
    model.capabilities = {"encode", "decode"};
}

std::shared_ptr<ScriptedEngine::Asked> ScriptedEngine::waiting(const std::string& lens) const {
    for (const auto& asked : std::views::reverse(m_asked)) {
        if (asked->query.lens == lens && !asked->answered) return asked;
    }
    return nullptr;
}

std::shared_ptr<ScriptedEngine::Asked> ScriptedEngine::newest(const std::string& lens) const {
    for (const auto& asked : std::views::reverse(m_asked)) {
        if (asked->query.lens == lens) return asked;
    }
    return nullptr;
}

std::size_t ScriptedEngine::requests(const std::string& lens) const {
    return static_cast<std::size_t>(std::ranges::count_if(m_asked, [&](const auto& asked) { return asked->query.lens == lens; }));
}

SourceId ScriptedEngine::addSource(SourceRequest request) {
    m_names.push_back(request.name);
    return SourceId{m_names.size()};
}

Subscription ScriptedEngine::describeSource(SourceId source, Observer<SourceInfo> observer) {
    SourceInfo info{.id = source, .name = m_names[static_cast<std::size_t>(source) - 1], .format = "PNG", .width = 64, .height = 48};
    tellLater<SourceInfo>(observer, std::move(info));
    return {};
}

std::vector<ModelEntry> ScriptedEngine::models() const {
    return {{.name = model.name, .family = model.family, .embedded = true}};
}

Subscription ScriptedEngine::openModel(ModelRequest, Observer<ModelInfo> observer) {
    if (modelError) tellLater<ModelInfo>(observer, *modelError);
    else tellLater<ModelInfo>(observer, model);
    return {};
}

std::vector<LensInfo> ScriptedEngine::lenses() const {
    const ParameterSpec kind{.name = "kind", .initial = std::string("absolute"), .choices = {"absolute", "signed", "squared", "flip"}, .display = true};
    std::vector<LensInfo> all{{.name = "input"},
            {.name = "reconstruction", .needs = {"encode", "decode"}},
            {.name = "difference", .needs = {"encode", "decode"}, .parameters = {kind}},
            {.name = "perturbed", .needs = {"encode", "decode"}, .parameters = {
                {.name = "strength", .initial = 0.25, .low = 0.0, .high = 100.0, .unit = Unit::LatentUnits},
                {.name = "seed", .initial = std::int64_t(0), .low = std::int64_t(0), .high = std::int64_t(0xffffffff)},
                {.name = "scale", .initial = std::string("absolute"), .choices = {"absolute", "token_rms"}},
                {.name = "draw", .initial = std::string("fixed"), .choices = {"fixed", "as_trained"}},
                {.name = "through", .initial = std::string("codes"), .choices = {"codes", "continuous"}, .countedBy = "depths"},
                {.name = "tau", .initial = 0.8, .low = 0.0, .high = 100.0}}}};
    all.insert(all.end(), more.begin(), more.end());
    return all;
}

Subscription ScriptedEngine::tokens(CellRef cell, ParameterSet, Priority, Observer<TokenGrid> observer) {
    if (!grid) return {};
    TokenGrid answer = *grid;
    if (cell.edit != EditId{}) {
        for (const TokenEdit::Change& change : edits[static_cast<std::size_t>(cell.edit) - 1].changes) answer.codes[answer.at(change.row, change.column, change.depth)] = change.code;
    }
    tellLater<TokenGrid>(observer, std::move(answer));
    return {};
}

Subscription ScriptedEngine::request(Query query, Priority, Observer<Picture> observer, std::uint64_t) {
    auto asked = std::make_shared<Asked>(Asked{std::move(query), std::move(observer)});
    m_asked.push_back(asked);
    if (const auto picture = draw ? draw(asked->query) : std::nullopt) asked->answer(*picture);
    return Subscription(std::make_shared<Cancel>(asked));
}

}  // namespace tessera::test
