// SPDX-License-Identifier: Apache-2.0
#include "families/vila_u_parity.h"

#include "core/error.h"
#include "device/device_lane.h"
#include "families/parity_inputs.h"
#include "image/resize.h"

namespace tessera {

using at::Tensor;

namespace {

std::vector<std::int64_t> idsOf(const Tensor& row) {
    const Tensor host = row.to(at::kCPU, at::kLong).contiguous();
    return {host.const_data_ptr<std::int64_t>(), host.const_data_ptr<std::int64_t>() + host.numel()};
}

}  // namespace

Tensor vilaUPixels(const Tensor& picture, int side) {
    if (picture.dim() != 3 || picture.size(2) != 3 || picture.numel() == 0) throw Failure(ErrorCode::Mismatch, "a picture of 8 bits should be [H,W,3]", "in.image_u8", "record it so");
    const Tensor bytes = picture.to(at::kCPU, at::kByte).contiguous();
    const int width = static_cast<int>(bytes.size(1)), height = static_cast<int>(bytes.size(0));
    const std::uint8_t* first = bytes.const_data_ptr<std::uint8_t>();
    const Image image(width, height, 3, SharedArray<std::uint8_t>(std::vector<std::uint8_t>(first, first + bytes.numel())));
    const Image square = resampleU8(image, {0, 0, static_cast<double>(width), static_cast<double>(height)}, side, side, Filter::Bicubic).toU8Rgb();
    const auto& pixels = std::get<SharedArray<std::uint8_t>>(square.samples());
    const Tensor values = at::tensor(std::vector<std::uint8_t>(pixels.data(), pixels.data() + pixels.size()), at::kByte).view({side, side, 3});
    return (values.to(at::kFloat) / 255 - 0.5).div(0.5).permute({2, 0, 1}).unsqueeze(0).contiguous();
}

TensorsByName vilaUAnswerParity(const VilaULanguage& language, const TensorsByName& inputs, const Tensor& sums, DeviceLane& lane) {
    const Llama& llama = language.llama;
    ForwardPass pass(lane, 0);
    const auto count = static_cast<std::int64_t>(givenNumber(inputs, "in.max_new_tokens", 0));
    const Tensor prompt = language.woven(idsOf(inputs.at("in.input_ids").flatten()), sums);
    Llama::State state = llama.begin(1, prompt.size(1) + count);
    TensorsByName out;
    Tensor logits = out["out.logits"] = llama.logits(llama.read(prompt, state, pass).select(1, -1));  // [1,V]
    std::vector<Tensor> chosen, behind;
    for (std::int64_t i = 0; i < count; ++i) {
        behind.push_back(logits);
        chosen.push_back(logits.argmax(-1, true));  // [1,1]
        if (i + 1 < count) logits = llama.logits(llama.read(llama.embedded(chosen.back()), state, pass).select(1, -1));
    }
    if (count > 0) {
        out["out.generated_ids"] = at::cat(chosen, 1);
        out["out.step_logits"] = at::stack(behind, 1);  // [1,steps,V]
    }
    return out;
}

TensorsByName vilaUDrawingParity(VilaUDrawing::Networks networks, VilaUDrawing::Task task, const TensorsByName& inputs, DeviceLane& lane) {
    const Tensor& ids = inputs.at("in.input_ids");
    const auto mask = inputs.find("in.attention_mask");
    if (ids.dim() != 2 || ids.size(0) != 2 || mask == inputs.end() || mask->second.sizes() != ids.sizes()) {
        throw Failure(ErrorCode::Mismatch, "what is drawn needs ids of two rows and their mask", "in.input_ids", "give the prompt and the one without it, padded on the left, and in.attention_mask");
    }
    const auto row = [&](std::int64_t i) { return idsOf(ids[i].masked_select(mask->second[i] != 0)); };
    task.with = row(0);
    task.without = row(1);
    task.frames = static_cast<int>(givenNumber(inputs, "in.frames", 1));
    task.seeds = {0};
    const bool greedy = givenNumber(inputs, "in.greedy", 0) != 0;
    task.rule = {.guidance = givenNumber(inputs, "in.cfg_scale", 3), .temperature = givenNumber(inputs, "in.temperature", 1), .topK = greedy ? 1 : static_cast<int>(givenNumber(inputs, "in.top_k", 0)), .topP = givenNumber(inputs, "in.top_p", 1)};
    task.check(networks.language.llama.shape().positions);
    // A clip's first position is recorded, of a picture's two; before guidance one of either.
    const int recorded = task.frames > 1 ? 1 : 2;
    const auto guidance = static_cast<float>(task.rule.guidance);
    const std::vector<std::int64_t> shape{task.frames, task.rows, task.columns, task.depths};
    VilaUDrawing drawing(networks, std::move(task));
    if (const auto given = inputs.find("in.uniforms"); given != inputs.end()) {
        const Tensor uniforms = given->second.to(at::kCPU, at::kDouble).contiguous();
        if (uniforms.numel() != c10::multiply_integers(shape)) throw Failure(ErrorCode::Mismatch, "there should be one uniform number for every code", "in.uniforms", "give [positions, depths]");
        drawing.uniform = [uniforms](std::size_t, std::size_t draw) { return uniforms.const_data_ptr<double>()[draw]; };
    }
    std::vector<Tensor> raw, guided;
    drawing.watch = [&](int position, int, const Tensor& logits) {  // [2,K]
        if (position == 0) raw.push_back(logits);
        if (position < recorded) guided.push_back(logits[1] + guidance * (logits[0] - logits[1]));
    };
    while (drawing.step(lane)) {}
    const auto& codes = drawing.drawn().pictures.front().codes;
    const std::int64_t depths = shape.back();
    TensorsByName out;
    out["out.generated_codes"] = at::tensor(std::vector<std::int64_t>(codes.begin(), codes.end()), at::kLong).view(shape);
    out["out.head_logits_raw"] = at::stack(raw).unsqueeze(0);                  // [1,D,2,K]
    out["out.head_logits"] = at::stack(guided).unflatten(0, {-1, depths});     // [positions,D,K]
    return out;
}

}  // namespace tessera
