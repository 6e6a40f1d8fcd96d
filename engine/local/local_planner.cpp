// SPDX-License-Identifier: Apache-2.0
#include "local/local_planner.h"

#include <algorithm>
#include <cmath>
#include <functional>

#include "core/error.h"
#include "device/device_lane.h"
#include "device/torch_bridge.h"
#include "image/lpips.h"
#include "image/metrics.h"
#include "lenses/latent_planes.h"
#include "local/finite_guard.h"
#include "local/margins.h"
#include "local/model_input.h"

namespace tessera {
namespace {

// Part of every key: raise a stage's number when what it computes changes.
constexpr std::int64_t kSourceVersion = 1, kInputVersion = 2, kEncodeVersion = 2, kDecodeVersion = 2, kCompareVersion = 3, kCodesVersion = 1;
/// A few seconds on two cores: LPIPS must not hold up the picture of the difference for longer.
constexpr double kMostLpipsFlops = 2e11;

std::size_t bytesOf(const TensorsByName& tensors) {
    std::size_t bytes = 0;
    for (const auto& [name, tensor] : tensors) bytes += tensor.nbytes();
    return bytes;
}

StagePlanPtr plan(std::string name, Lane lane, double weight, Hash128 key, std::vector<StagePlanPtr> parents,
                  std::function<StageValue(std::span<const StageValue>, StageContext&)> run) {
    auto stage = std::make_shared<StagePlan>();
    stage->key = key;
    stage->name = std::move(name);
    stage->lane = lane;
    stage->weight = weight;
    stage->parents = std::move(parents);
    stage->run = std::move(run);
    return stage;
}

std::string detailOf(const Image& image) {
    return "sRGB 0..1, RGB, " + std::to_string(image.width()) + " x " + std::to_string(image.height()) + " px";
}

std::vector<Measure> quickMeasures(const Image& reference, const Image& image) {
    const std::optional<double> similarity = ssim(reference, image);
    return {{"psnr", psnr(reference, image), Unit::Decibels, detailOf(reference)},
            {"ssim", similarity, Unit::None, similarity ? detailOf(reference) + ", Gaussian window 11" : "both sides must be at least 11 px"}};
}

/// What a decoder that paints another number of pixels than its model takes made of the whole input, on the input's grid.
Image onGridOf(const Image& input, Image decoded, bool recorded, std::vector<Note>& notes) {
    if (decoded.width() == input.width() && decoded.height() == input.height()) return decoded;
    const auto text = [](const Image& image) { return std::to_string(image.width()) + " × " + std::to_string(image.height()) + " px"; };
    // Nobody expects it of a recording.
    if (recorded) notes.push_back({Note::Kind::Warning, "recorded at " + text(decoded) + ", resized to be compared"});
    else notes.push_back({Note::Kind::Information, "decoded at " + text(decoded) + ", resized to the input's " + text(input)});
    const CropBox whole{0, 0, static_cast<double>(decoded.width()), static_cast<double>(decoded.height())};
    return resample(decoded, whole, input.width(), input.height(), Filter::Bicubic);
}

/// A number that the model has no such thing for: channel 16 of 16.
void checkCount(const ParameterSpec& spec, const Value& value, const ModelInfo& model) {
    const auto count = countOf(model, spec.countedBy);
    const auto* number = std::get_if<std::int64_t>(&value);
    if (!count || !number || *number - spec.countedFrom < *count) return;
    std::string things = spec.countedBy;
    std::ranges::replace(things, '_', ' ');
    throw Failure(ErrorCode::Invalid, model.name + " has " + std::to_string(*count) + " " + things, spec.name + " " + std::to_string(*number),
                  "use " + std::to_string(spec.countedFrom) + " to " + std::to_string(spec.countedFrom + *count - 1));
}

}  // namespace

std::vector<ParameterSpec> preprocessingParameters() {
    return {
        {.name = "size", .initial = std::int64_t(256), .low = std::int64_t(0), .high = std::int64_t(8192), .unit = Unit::Pixels,
         .help = "Shorter side of the model's input; 0 keeps the picture's own size"},
        {.name = "crop", .initial = std::string("square"), .low = {}, .high = {}, .help = "The centre square, or the whole picture", .choices = {"square", "whole"}},
    };
}

ParameterSet completed(const ParameterSet& given, const std::vector<ParameterSpec>& specs, const ModelInfo* model) {
    ParameterSet result;
    for (const ParameterSpec& spec : specs) result[spec.name] = model ? boundedFor(spec, *model).initial : spec.initial;
    for (const auto& [name, value] : given) {
        const auto spec = std::ranges::find(specs, name, &ParameterSpec::name);
        if (spec == specs.end()) {
            std::string known;
            for (const ParameterSpec& each : specs) known += (known.empty() ? "" : ", ") + each.name;
            throw Failure(ErrorCode::Invalid, "no such parameter", name, "use one of: " + known);
        }
        Value typed = value;
        // A whole number where a fraction is meant is fine.
        if (std::holds_alternative<double>(spec->initial) && std::holds_alternative<std::int64_t>(value)) typed = static_cast<double>(std::get<std::int64_t>(value));
        if (typed.index() != spec->initial.index()) throw Failure(ErrorCode::Invalid, "the value " + toText(value) + " has the wrong type", name, spec->help);
        const bool number = std::holds_alternative<double>(typed) || std::holds_alternative<std::int64_t>(typed);
        if (const double* fraction = std::get_if<double>(&typed); fraction && !std::isfinite(*fraction)) {
            throw Failure(ErrorCode::Invalid, "the value is not a finite number", name, spec->help);
        }
        if (number && (typed < spec->low || spec->high < typed)) {
            throw Failure(ErrorCode::Invalid, "the value " + toText(typed) + " is out of range", name, "use " + toText(spec->low) + " to " + toText(spec->high));
        }
        if (!spec->choices.empty() && std::ranges::find(spec->choices, std::get<std::string>(typed)) == spec->choices.end()) {
            std::string choices;
            for (const std::string& choice : spec->choices) choices += (choices.empty() ? "" : ", ") + choice;
            throw Failure(ErrorCode::Invalid, "no such choice: " + toText(typed), name, "use one of: " + choices);
        }
        if (model) checkCount(*spec, typed, *model);
        result[name] = typed;
    }
    return result;
}

Hash128 LocalPlanner::policyOf(const OpenModel& model, Precision precision) const {
    return Hasher().add(model.info.fingerprint).add(std::string_view(m_device.str())).add(std::string_view(nameOf(precision))).add(std::int64_t(model.int8Weights)).finish();
}

StagePlanPtr LocalPlanner::source(const CellRef& cell, int atLeast) {
    const std::optional<Hash128> content = m_sources.content(cell.source);
    if (!content) throw Failure(ErrorCode::NotFound, "the picture was removed", {}, "add it again");
    if (m_sources.holdsTokens(cell.source)) return tokenPicture(cell);
    std::vector<StagePlanPtr> before;
    if (!m_sources.scaledDecodePays(cell.source)) {
        atLeast = 0;
    } else {
        // Thumbnail, description and preview share one scaled decode, and the whole one leaves it the processor.
        if (atLeast > 0 && atLeast <= kPreviewPixels) {
            atLeast = kPreviewPixels;
            m_sources.setScaledDecodePending(cell.source, true);
        } else if (atLeast == 0 && m_sources.scaledDecodePending(cell.source)) {
            before.push_back(source(cell, kPreviewPixels));
        }
    }
    // A shorter clip waits at its end for the others.
    const int frames = m_sources.frames(cell.source).first, frame = std::clamp(cell.frame, 0, frames - 1);
    const Hash128 key = Hasher().add(std::string_view("source")).add(kSourceVersion).add(*content).add(std::int64_t(atLeast)).add(std::int64_t(frame)).finish();
    return plan("source", Lane::Io, 1, key, std::move(before), [&sources = m_sources, id = cell.source, atLeast, frames, frame](auto, StageContext& context) {
        const SourceRequest request = sources.request(id);
        if (!request.pixels.empty()) {
            const Image& image = request.pixels;
            DecodedImage decoded{.image = image, .format = "pixels", .fullWidth = image.width(), .fullHeight = image.height(), .channels = image.channels(), .bitsPerChannel = 8};
            return StageValue::make(std::move(decoded), image.byteSize());
        }
        if (frames > 1) {
            DecodedImage decoded = sources.frame(id, frame);
            const std::size_t size = decoded.image.byteSize();
            return StageValue::make(std::move(decoded), size);
        }
        const SharedBytes bytes = sources.bytes(id);
        context.checkStopped();
        DecodedImage decoded = decodeImage(bytes, request.path.empty() ? request.name : request.path, {.atLeast = atLeast});
        if (atLeast > 0) sources.setScaledDecodePending(id, false);
        const std::size_t size = decoded.image.byteSize();
        return StageValue::make(std::move(decoded), size);
    });
}

StagePlanPtr LocalPlanner::input(const CellRef& cell, const ParameterSet& parameters) {
    if (m_sources.holdsTokens(cell.source)) {
        throw Failure(ErrorCode::Unsupported, "this row is a file of tokens: there is no picture that a model was given", {}, "look at what the tokens decode to: reconstruction, depth");
    }
    std::int64_t size = std::get<std::int64_t>(parameters.at("size"));
    std::string crop = std::get<std::string>(parameters.at("crop"));
    std::vector<Note> notes;
    // The same for every model: what a model cannot take of it is the encoder's stage to mend. But some take squares of one side only.
    if (const int side = cell.model == ModelId{} ? 0 : model(cell).inputSide; side > 0 && (size != side || crop != "square")) {
        const std::string only = std::to_string(side) + " × " + std::to_string(side) + " px";
        // Some were trained on whole pictures whatever their shape.
        const bool squeezed = crop == "whole" && model(cell).takesWhole;
        notes.push_back({Note::Kind::Information, "the model takes " + only + (squeezed ? ": the whole picture, squeezed into the square as in its training" : ": the picture's centre square, resized")});
        size = side;
        crop = squeezed ? "squeezed" : "square";
    }
    const StagePlanPtr parent = source(cell, m_preview);
    const Hash128 key = Hasher().add(std::string_view("input")).add(kInputVersion).add(parent->key).add(size).add(crop).add(std::int64_t(notes.size())).finish();
    return plan("input", Lane::Io, 0.5, key, {parent}, [=](std::span<const StageValue> values, StageContext&) {
        ModelInput input = modelInput(values[0].as<DecodedImage>(), size, crop);
        input.notes.insert(input.notes.end(), notes.begin(), notes.end());
        const std::size_t bytes = input.image.byteSize();
        return StageValue::make(std::move(input), bytes);
    });
}

StagePlanPtr LocalPlanner::latents(const CellRef& cell, const ParameterSet& parameters) {
    if (m_sources.holdsTokens(cell.source)) return givenLatents(cell);
    const OpenModel open = m_models.get(cell.model);
    return encoded(open, open.encodePrecision, input(cell, parameters));
}

StagePlanPtr LocalPlanner::latentsInFp32(const CellRef& cell, const ParameterSet& parameters) {
    const OpenModel open = m_models.get(cell.model);
    const bool exact = open.encodePrecision == Precision::Fp32 || m_sources.holdsTokens(cell.source);
    return exact ? nullptr : encoded(open, Precision::Fp32, input(cell, parameters));
}

StagePlanPtr LocalPlanner::encoded(const OpenModel& open, Precision precision, StagePlanPtr parent) const {
    const Encoder* encoder = open.model->capabilities().encode;
    if (!encoder) throw Failure(ErrorCode::Unsupported, "this model has no encoder", open.info.name, "choose a model that encodes images");
    const Hash128 key = Hasher().add(std::string_view("latents")).add(kEncodeVersion).add(parent->key).add(policyOf(open, precision)).finish();
    return plan("latents", Lane::Device, 4, key, {parent}, [=, device = m_device](std::span<const StageValue> values, StageContext& context) {
        const ModelInput& input = values[0].as<ModelInput>();
        DeviceLane lane(device, precision, context);
        TensorStage stage{.origin = input};
        if (open.info.inputSide == 0 && !open.recorded) stage.origin.margins = marginsFor(input.image.width(), input.image.height(), std::max(open.info.downsample, open.info.codes.pixelsPerCell));
        const Margins margins = stage.origin.margins;
        if (margins.any()) stage.notes.push_back({Note::Kind::Information, noteOf(margins, input.image)});
        TensorsByName tensors = guarded(open, lane, "encoder", stage.precision, stage.notes, [&](DeviceLane& l) { return encoder->encode(padded(tensorFromImage(input.image).to(l.device()), margins), l); });
        const std::size_t bytes = bytesOf(tensors);
        stage.tensors = std::make_shared<const TensorsByName>(std::move(tensors));
        return StageValue::make(std::move(stage), bytes + input.image.byteSize());
    });
}

ModelInfo LocalPlanner::model(const CellRef& cell) {
    return m_models.get(cell.model).info;
}

namespace {

const Quantizer& quantizerOf(const OpenModel& open) {
    if (const Quantizer* quantizer = open.model->capabilities().quantize) return *quantizer;
    throw Failure(ErrorCode::Unsupported, "this model has no codes", open.info.name, "choose a model that quantizes");
}

/// The stage with other tensors, at the same place on the source.
StageValue withTensors(const TensorStage& from, TensorsByName tensors) {
    TensorStage stage = from;
    const std::size_t bytes = bytesOf(tensors);
    stage.tensors = std::make_shared<const TensorsByName>(std::move(tensors));
    return StageValue::make(std::move(stage), bytes);
}

/// codes [1,rows,columns,D] with the changes made.
at::Tensor edited(const at::Tensor& codes, const TokenEdit& edit) {
    if (codes.size(1) != edit.rows || codes.size(2) != edit.columns || codes.size(3) != edit.depths) {
        const auto text = [](std::int64_t rows, std::int64_t columns, std::int64_t depths) {
            return std::to_string(rows) + " x " + std::to_string(columns) + " x " + std::to_string(depths);
        };
        throw Failure(ErrorCode::Mismatch, "the token edit was made on a grid of " + text(edit.rows, edit.columns, edit.depths) + ", and this one has " +
                      text(codes.size(1), codes.size(2), codes.size(3)), "token edit", "undo the edit, or set size and crop back");
    }
    at::Tensor result = codes.to(at::kCPU).clone();
    auto places = result.accessor<std::int64_t, 4>();
    for (const TokenEdit::Change& change : edit.changes) places[0][change.row][change.column][change.depth] = change.code;
    return result.to(codes.device());
}

}  // namespace

StagePlanPtr LocalPlanner::codes(const CellRef& cell, StagePlanPtr latents) {
    StagePlanPtr codes = found(cell, std::move(latents));
    return cell.edit == EditId{} ? codes : edited(cell.edit, std::move(codes));
}

/// Those of a file, unless the latents were changed.
StagePlanPtr LocalPlanner::found(const CellRef& cell, StagePlanPtr latents) const {
    const OpenModel open = m_models.get(cell.model);
    quantizerOf(open);
    if (m_sources.holdsTokens(cell.source) && latents->key == givenLatents(cell)->key) return givenCodes(cell);
    return searched(open, std::move(latents));
}

StagePlanPtr LocalPlanner::searched(const OpenModel& open, StagePlanPtr latents) const {
    const Quantizer& quantizer = quantizerOf(open);
    // What the search gives does not hang on the decoder's precision.
    const Hash128 key = Hasher().add(std::string_view("codes")).add(kCodesVersion).add(latents->key).add(policyOf(open, Precision::Fp32)).finish();
    return plan("codes", Lane::Device, 1, key, {latents}, [=, &quantizer, device = m_device](std::span<const StageValue> values, StageContext& context) {
        DeviceLane lane(device, Precision::Fp32, context);
        const TensorStage& stage = values[0].as<TensorStage>();
        const at::Tensor& given = stage.tensors->at("latents");
        if (!open.recorded && !allFinite(given)) throw Failure(ErrorCode::Invalid, "the latents hold NaN or infinity, which no code is nearest to", open.info.name, "open the model in fp32");
        return withTensors(stage, {{"codes", quantizer.quantize(given, lane)}});
    });
}

StagePlanPtr LocalPlanner::edited(EditId edit, StagePlanPtr codes) const {
    const EditStore::Entry entry = m_edits.get(edit);
    const Hash128 key = Hasher().add(std::string_view("edited codes")).add(kCodesVersion).add(codes->key).add(entry.content).finish();
    return plan("edited codes", Lane::Device, 0.1, key, {codes}, [edit = entry.edit](std::span<const StageValue> values, StageContext&) {
        const TensorStage& stage = values[0].as<TensorStage>();
        return withTensors(stage, {{"codes", tessera::edited(stage.tensors->at("codes"), *edit)}});
    });
}

StagePlanPtr LocalPlanner::quantized(const CellRef& cell, StagePlanPtr codes, DepthRange depths) {
    const OpenModel open = m_models.get(cell.model);
    const Quantizer& quantizer = quantizerOf(open);
    const int last = depths.last == DepthRange::kAll ? quantizer.layout().depths() : depths.last, first = depths.first;
    const Hash128 key =
        Hasher().add(std::string_view("quantized")).add(kCodesVersion).add(codes->key).add(std::int64_t(first)).add(std::int64_t(last)).add(policyOf(open, Precision::Fp32)).finish();
    return plan("quantized", Lane::Device, 0.1, key, {codes}, [=, &quantizer, keep = open, device = m_device](std::span<const StageValue> values, StageContext& context) {
        DeviceLane lane(device, Precision::Fp32, context);
        const TensorStage& stage = values[0].as<TensorStage>();
        return withTensors(stage, {{"latents", quantizer.embed(stage.tensors->at("codes"), first, last, lane)}});
    });
}

namespace {

template <typename T>
std::vector<T> valuesOf(const at::Tensor& tensor) {
    const at::Tensor host = tensor.to(at::kCPU, c10::CppTypeToScalarType<T>::value).contiguous();
    return {host.const_data_ptr<T>(), host.const_data_ptr<T>() + host.numel()};
}

TokenGrid tokenGrid(const OpenModel& open, const TensorStage& latents, const at::Tensor& found, const at::Tensor& codes, const TensorsByName& facts) {
    TokenGrid grid{.layout = open.info.codes, .rows = static_cast<int>(codes.size(1)), .columns = static_cast<int>(codes.size(2))};
    grid.codes = valuesOf<std::int32_t>(codes);
    grid.found = valuesOf<std::int32_t>(found);
    grid.norm = valuesOf<float>(facts.at("norm"));
    grid.codeNorm = valuesOf<float>(facts.at("code_norm"));
    grid.residual = valuesOf<float>(facts.at("residual"));
    grid.nearest = valuesOf<float>(facts.at("nearest"));
    grid.second = valuesOf<float>(facts.at("second"));
    grid.secondCode = valuesOf<std::int32_t>(facts.at("second_code"));
    // Where a picture of one value per token lies.
    const Picture place = placedLatents(Image(), latents);
    grid.sourceWidth = place.sourceWidth;
    grid.sourceHeight = place.sourceHeight;
    grid.region = place.region;
    grid.precision = latents.precision;
    grid.fingerprint = open.info.fingerprint;
    return grid;
}

}  // namespace

StagePlanPtr LocalPlanner::tokens(const CellRef& cell, const ParameterSet& parameters) {
    const OpenModel open = m_models.get(cell.model);
    const Quantizer& quantizer = quantizerOf(open);
    const StagePlanPtr given = latents(cell, parameters), before = found(cell, given), now = codes(cell, given);
    const Hash128 key = Hasher().add(std::string_view("tokens")).add(kCodesVersion).add(now->key).finish();
    return plan("tokens", Lane::Device, 0.5, key, {given, before, now}, [=, &quantizer, device = m_device](std::span<const StageValue> values, StageContext& context) {
        DeviceLane lane(device, Precision::Fp32, context);
        const TensorStage& stage = values[0].as<TensorStage>();
        const at::Tensor &before = values[1].as<TensorStage>().tensors->at("codes"), &after = values[2].as<TensorStage>().tensors->at("codes");
        TokenGrid grid = tokenGrid(open, stage, before, after, quantizer.facts(stage.tensors->at("latents"), after, lane));
        const std::size_t bytes = grid.codes.size() * 28;
        return StageValue::make(std::move(grid), bytes);
    });
}

StagePlanPtr LocalPlanner::codebooks(const CellRef& cell) {
    const OpenModel open = m_models.get(cell.model);
    const Quantizer& quantizer = quantizerOf(open);
    const Hash128 key = Hasher().add(std::string_view("codebooks")).add(kCodesVersion).add(policyOf(open, Precision::Fp32)).finish();
    return plan("codebooks", Lane::Device, 0.1, key, {}, [=, &quantizer, keep = open, device = m_device](std::span<const StageValue>, StageContext& context) {
        DeviceLane lane(device, Precision::Fp32, context);
        TensorsByName tensors;
        const CodeLayout& layout = quantizer.layout();
        for (int depth = 0; depth < (layout.shared ? 1 : layout.depths()); ++depth) tensors["codebook." + std::to_string(depth)] = quantizer.codebook(depth, lane);
        // The quantizer's own memory, so that keeping them costs nothing more.
        TensorStage stage{.tensors = std::make_shared<const TensorsByName>(std::move(tensors)), .precision = nameOf(Precision::Fp32), .notes = {}, .origin = {}};
        return StageValue::make(std::move(stage), 256);
    });
}

namespace {

const Decoder& decoderOf(const OpenModel& open) {
    if (const Decoder* decoder = open.model->capabilities().decode) return *decoder;
    throw Failure(ErrorCode::Unsupported, "this model has no decoder", open.info.name, "choose a model that decodes");
}

}  // namespace

DecodeCall LocalPlanner::decodeCall(const CellRef& cell) {
    const OpenModel open = m_models.get(cell.model);
    return {policyOf(open, Precision::Fp32), [open, &decoder = decoderOf(open), device = m_device](const at::Tensor& latents, StageContext& context) {
                DeviceLane lane(device, Precision::Fp32, context);
                return decoder.decode(latents, lane);
            }};
}

StagePlanPtr LocalPlanner::decoded(const CellRef& cell, StagePlanPtr latents) {
    const OpenModel open = m_models.get(cell.model);
    if (open.model->capabilities().quantize) return decodedCodes(cell, codes(cell, std::move(latents)), {});
    return decodedAsGiven(open, std::move(latents));
}

StagePlanPtr LocalPlanner::decodedContinuous(const CellRef& cell, StagePlanPtr latents) { return decodedAsGiven(m_models.get(cell.model), std::move(latents)); }

StagePlanPtr LocalPlanner::decodedCodes(const CellRef& cell, StagePlanPtr codes, DepthRange depths) {
    return decodedAsGiven(m_models.get(cell.model), quantized(cell, std::move(codes), depths));
}

StagePlanPtr LocalPlanner::decodedAsGiven(const OpenModel& open, StagePlanPtr latents) const {
    const Decoder& decoder = decoderOf(open);
    const Hash128 key = Hasher().add(std::string_view("decoded")).add(kDecodeVersion).add(latents->key).add(policyOf(open, open.precision)).finish();
    return plan("decoded", Lane::Device, 6, key, {latents}, [=, &decoder, device = m_device](std::span<const StageValue> values, StageContext& context) {
        const TensorStage& stage = values[0].as<TensorStage>();
        DeviceLane lane(device, open.precision, context);
        DecodedPixels pixels{.notes = stage.notes, .origin = stage.origin};
        const TensorsByName result = guarded(open, lane, "decoder", pixels.precision, pixels.notes, [&](DeviceLane& l) {
            return TensorsByName{{"image", decoder.decode(stage.tensors->at("latents"), l)}};
        });
        const Image& input = stage.origin.image;
        if (open.info.inputSide == 0 && !open.recorded) {
            pixels.image = imageFromTensor(cropped(result.at("image"), input.height(), input.width()));
        } else {
            pixels.image = onGridOf(input, imageFromTensor(result.at("image")), open.recorded, pixels.notes);
        }
        const std::size_t bytes = pixels.image.byteSize();
        return StageValue::make(std::move(pixels), bytes + pixels.origin.image.byteSize());
    });
}

StagePlanPtr LocalPlanner::comparison(StagePlanPtr input, StagePlanPtr decoded, ComparisonDepth depth) {
    if (!input) {
        TESSERA_ASSERT(depth == ComparisonDepth::Quick);
        return plan("comparison", Lane::Io, 0, Hasher().add(std::string_view("no comparison")).add(kCompareVersion).finish(), {}, [](auto, StageContext&) {
            PixelComparison comparison;
            for (const char* name : {"psnr", "ssim"}) comparison.measures.push_back({name, std::nullopt, name == std::string_view("psnr") ? Unit::Decibels : Unit::None, "needs the picture that was encoded, and this row is a file of tokens"});
            return StageValue::make(std::move(comparison), 256);
        });
    }
    const Hash128 key = Hasher().add(std::string_view("comparison")).add(kCompareVersion).add(input->key).add(decoded->key).add(std::int64_t(depth)).add(depth == ComparisonDepth::Full ? lpipsWeightsStamp() : std::string()).finish();
    return plan("comparison", Lane::Io, 1, key, {input, decoded}, [=](std::span<const StageValue> values, StageContext& context) {
        const Image& reference = values[0].as<ModelInput>().image;
        const Image& image = values[1].as<DecodedPixels>().image;
        PixelComparison comparison;
        if (depth == ComparisonDepth::Quick) {
            comparison.measures = quickMeasures(reference, image);
        } else {
            comparison.measures = imageMeasures(reference, image, false);
            context.checkStopped();
            FlipResult result = flip(reference, image);
            comparison.measures.push_back({"flip", result.mean, Unit::None, detailOf(reference) + ", 67 pixels per degree"});
            comparison.flipMap = std::move(result.map);
            context.checkStopped();
            comparison.ssimMap = ssimMap(reference, image);
            const LpipsResult perceptual = lpips(reference, image, {.mostFlops = kMostLpipsFlops, .checkpoint = [&context] { context.checkStopped(); }});
            comparison.measures.push_back({"lpips", perceptual.value, Unit::None, perceptual.value ? detailOf(reference) + ", " + perceptual.detail : perceptual.detail});
        }
        const std::size_t bytes = comparison.flipMap.byteSize() + comparison.ssimMap.byteSize() + 256;
        return StageValue::make(std::move(comparison), bytes);
    });
}

}  // namespace tessera
