// SPDX-License-Identifier: Apache-2.0
#include "families/maskgit_parity.h"

#include <algorithm>

#include "core/error.h"
#include "device/device_lane.h"
#include "families/masked_drawing.h"
#include "families/parity_inputs.h"
#include "layers/few_threads.h"

namespace tessera {

using at::Tensor;

namespace {

[[noreturn]] void refuse(const std::string& what, const char* where, const std::string& advice) { throw Failure(ErrorCode::Mismatch, what, where, advice); }

/// ids [B,rows,columns(,D)] as upstream numbers them, the mask among them, to codes [B,L,D] with -1 for the mask.
Tensor codesOf(const Tensor& ids, const MaskGitConfig& config) {
    if (ids.dim() < 3 || ids.numel() == 0 || ids.numel() != ids.size(0) * config.positions() * config.depths || ids.size(1) != config.rows || ids.size(2) != config.columns) {
        refuse("a grid of shape " + c10::str(ids.sizes()) + " does not fit this model", "in.ids", "give [B, " + std::to_string(config.rows) + ", " + std::to_string(config.columns) + "]");
    }
    const Tensor codes = ids.reshape({ids.size(0), config.positions(), config.depths}).to(at::kLong);
    const Tensor masked = codes == config.maskId();
    if (!((codes >= 0) & ((codes < config.codebookSize) | masked)).all().item<bool>()) refuse("there are ids that no code has", "in.ids", "use codes from 0, and " + std::to_string(config.maskId()) + " for what is masked");
    return codes.masked_fill(masked, -1);
}

Tensor conditionOf(const MaskGitNetwork& network, const MaskGitConfig& config, const TensorsByName& inputs, std::int64_t batch) {
    const Tensor *classes = givenInput(inputs, "in.class_labels"), *texts = givenInput(inputs, "in.text_embedding");
    if (config.classes > 0 && classes) {
        if (classes->numel() != batch || !((*classes >= 0) & (*classes <= config.classes)).all().item<bool>()) refuse("the classes do not suit", "in.class_labels", "give one from 0 to " + std::to_string(config.classes - 1) + " for each grid");
        return network.ofClasses(classes->flatten());
    }
    if (config.textDim > 0 && texts) {
        if (texts->dim() != 2 || texts->size(0) != batch || texts->size(1) != config.textDim) refuse("the text vectors do not suit", "in.text_embedding", "give [" + std::to_string(batch) + ", " + std::to_string(config.textDim) + "]");
        return network.ofTexts(*texts);
    }
    return network.ofNone(batch);
}

TensorsByName ofSchedules(const MaskGitConfig& config, const Tensor& unknown, const Tensor& steps) {
    TensorsByName out;
    for (std::int64_t i = 0; i < unknown.numel(); ++i) {
        const auto atStart = unknown[i].item<std::int64_t>();
        const int rounds = static_cast<int>(std::clamp<std::int64_t>(steps[i].item<std::int64_t>(), 1, 1000));
        std::vector<std::int64_t> counts;
        std::int64_t now = atStart;
        for (int round = 0; round < rounds; ++round) counts.push_back(now = config.schedule.maskedAfter(round, rounds, atStart, now));
        out["out.masked_count." + std::to_string(i)] = at::tensor(counts, at::kLong);
    }
    return out;
}

TensorsByName ofPass(MaskGitNetwork& network, const Tensor& codes, const Tensor& told, DeviceLane& lane) {
    TensorsByName out;
    const double flops = static_cast<double>(codes.size(0)) * network.flops();
    const FewThreads few(flops, lane.device());
    ForwardPass pass(lane, flops);
    network.watch = [&out](const std::string& name, const Tensor& value) { out["mid." + name] = value; };
    const Tensor hidden = network.hidden(codes, told, pass);
    out["out.logits"] = network.logits(network.head(hidden).flatten(0, 1)).unflatten(0, {hidden.size(0), hidden.size(1)});
    return out;
}

TensorsByName ofDrawing(const MaskGitNetwork& network, const MaskGitConfig& config, const TensorsByName& inputs, const Tensor& codes, const Tensor& told, DeviceLane& lane) {
    const std::int64_t batch = codes.size(0), positions = config.positions();
    MaskedDrawing::Task task;
    task.rounds = static_cast<int>(std::clamp(givenNumber(inputs, "in.num_steps", config.steps), 1.0, 1000.0));
    task.temperature = givenNumber(inputs, "in.choice_temperature", config.temperature);
    const Tensor given = codes.to(at::kCPU).contiguous();
    for (std::int64_t i = 0; i < batch; ++i) {
        const std::int64_t* first = given[i].const_data_ptr<std::int64_t>();
        task.given.emplace_back(first, first + positions * config.depths);
        task.seeds.push_back(static_cast<std::uint64_t>(i));
        task.conditions.push_back(told.defined() ? told.narrow(0, i, 1) : Tensor());
    }
    const std::vector<std::int64_t> shape{task.rounds, batch, positions};
    const auto uniforms = [&](const char* name) {
        const Tensor* found = givenInput(inputs, name);
        if (!found || found->sizes() != at::IntArrayRef(shape)) refuse("a drawing needs uniform numbers for every step, grid and cell", name, "give " + c10::str(at::IntArrayRef(shape)));
        return found->to(at::kCPU, at::kDouble).contiguous();
    };
    const Tensor tokens = uniforms("in.uniforms.tokens"), gumbel = uniforms("in.uniforms.gumbel");
    const int rounds = task.rounds;
    MaskedDrawing drawing(network, config, std::move(task));
    drawing.uniform = [&](std::size_t picture, int round, std::int64_t position, int draw) {
        return (draw == 0 ? tokens : gumbel).const_data_ptr<double>()[(round * batch + static_cast<std::int64_t>(picture)) * positions + position];
    };
    std::vector<std::int64_t> counts;
    std::vector<Tensor> masks, probabilities, confidences, first, all;
    drawing.watch = [&](std::size_t, int round, const MaskedDrawing::Round& result, const Tensor& logits) {
        counts.push_back(result.maskedCount);
        masks.push_back(at::tensor(std::vector<std::int64_t>(result.masked.begin(), result.masked.end()), at::kLong));
        probabilities.push_back(at::tensor(result.logProbability, at::kFloat));
        confidences.push_back(at::tensor(result.confidence, at::kDouble).to(at::kFloat));
        // A grid that is known wholly needs no logits.
        if (round == 0 && logits.defined()) first.push_back(logits);
    };
    for (bool more = true; more;) {
        more = drawing.step(lane);
        for (const GeneratedPicture& picture : drawing.drawn().pictures) all.push_back(at::tensor(std::vector<std::int64_t>(picture.codes.begin(), picture.codes.end()), at::kLong));
    }
    const auto stacked = [&](const std::vector<Tensor>& each) { return at::stack(each).view({rounds, batch, config.rows, config.columns}); };
    TensorsByName out{{"out.ids", stacked(all)}, {"out.masks", stacked(masks)}, {"out.log_prob", stacked(probabilities)}, {"out.confidence", stacked(confidences)}};
    out["out.masked_count"] = at::tensor(counts, at::kLong).view({rounds, batch});
    return out;
}

}  // namespace

TensorsByName maskGitParity(const MaskGitConfig& config, const std::function<MaskGitNetwork()>& make, const TensorsByName& inputs, DeviceLane& lane) {
    const Tensor *unknown = givenInput(inputs, "in.unknown"), *steps = givenInput(inputs, "in.num_steps"), *ids = givenInput(inputs, "in.ids");
    if (unknown && steps && unknown->dim() == 1 && unknown->sizes() == steps->sizes()) return ofSchedules(config, *unknown, *steps);
    if (!ids) return {};
    if (config.depths > 1) throw Failure(ErrorCode::Unsupported, "recorded drawings are of one code for each cell", "in.ids", "give a model of one depth");
    MaskGitNetwork network = make();
    const Tensor codes = codesOf(*ids, config), told = conditionOf(network, config, inputs, codes.size(0));
    TensorsByName out = ofPass(network, codes, told, lane);
    if (!givenInput(inputs, "in.uniforms.tokens")) return out;
    network.watch = nullptr;
    TensorsByName drawn = ofDrawing(network, config, inputs, codes, told, lane);
    drawn["mid.logits0"] = out.at("out.logits");
    return drawn;
}

}  // namespace tessera
