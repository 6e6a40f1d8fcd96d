// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>
#include <cstdlib>

#include <ATen/ATen.h>

#include "core/error.h"
#include "device/torch_bridge.h"
#include "image/metrics.h"
#include "lenses/code_planes.h"
#include "lenses/derived_stage.h"
#include "lenses/error_field.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

constexpr std::int64_t kVersion = 1;

/// One transformation T, which acts on tokens and, by as many pixels as they cover, on pictures.
struct Transformation {
    std::string name;
    std::int64_t tokens = 0;  ///< of a shift
    std::int64_t fold = 1;    ///< tokens along a side of what has a code: parts of it cannot be decoded

    bool alongX() const { return name == "shift_x"; }
    bool shifts() const { return name == "shift_x" || name == "shift_y"; }
    bool turnsSides() const { return name == "rotate_90" || name == "rotate_270"; }
    /// `cell`: samples of x per token's side. Shifts go round: what leaves on one side comes in on the other.
    at::Tensor of(const at::Tensor& x, std::int64_t cell) const {  // [1,C,H,W]
        if (name == "shift_x") return x.roll({tokens * cell}, {3});
        if (name == "shift_y") return x.roll({tokens * cell}, {2});
        if (name == "flip_horizontal") return x.flip({3});
        if (name == "flip_vertical") return x.flip({2});
        if (name == "rotate_90") return x.rot90(-1, {2, 3});  // a quarter turn clockwise
        if (name == "rotate_180") return x.rot90(2, {2, 3});
        if (name == "rotate_270") return x.rot90(1, {2, 3});
        if (name == "scale_half") return at::avg_pool2d(x, {2, 2});
        TESSERA_ASSERT(name == "scale_double");
        return x.repeat_interleave(2, 2).repeat_interleave(2, 3);
    }
};

Transformation transformationOf(const ParameterSet& parameters) {
    Transformation result{.name = std::get<std::string>(parameters.at("transform"))};
    if (result.shifts()) result.tokens = std::get<std::int64_t>(parameters.at("amount"));
    return result;
}

bool showsError(const ParameterSet& parameters) {
    return std::get<std::string>(parameters.at("show")) == "error";
}

/// Whole tokens inside the picture that T can take: not what was padded, and as many as make whole codes, of twice the side where T takes two at a time.
struct Whole {
    std::int64_t rows = 0, columns = 0;
};

Whole wholeTokens(const Image& image, int downsample, const Transformation& t) {
    const std::int64_t step = t.name == "scale_half" ? 2 * t.fold : t.fold;
    const Whole whole{image.height() / downsample / step * step, image.width() / downsample / step * step};
    const std::int64_t across = t.alongX() ? whole.columns : whole.rows;
    if (whole.rows == 0 || whole.columns == 0 || (t.shifts() && std::abs(t.tokens) >= across)) {
        const std::string size = std::to_string(image.width() / downsample) + " x " + std::to_string(image.height() / downsample);
        throw Failure(ErrorCode::Invalid, "the picture has only " + size + " whole tokens", "lens equivariance, " + t.name,
                      t.shifts() ? "shift by fewer tokens, or choose a larger size" : "choose a larger size");
    }
    return whole;
}

/// The part of a picture that whole tokens cover.
at::Tensor coveredBy(const Whole& whole, const Image& image, int downsample) {
    return tensorFromImage(image).narrow(2, 0, whole.rows * downsample).narrow(3, 0, whole.columns * downsample);
}

/// Where T's picture lies on the source: on the part that it was made of, turned about its middle where T turns the sides.
CropBox placeOf(const ModelInput& input, const Whole& whole, int downsample, const Transformation& t) {
    CropBox box = input.crop;
    box.width *= static_cast<double>(whole.columns * downsample) / input.image.width();
    box.height *= static_cast<double>(whole.rows * downsample) / input.image.height();
    if (!t.turnsSides()) return box;
    return {box.x + (box.width - box.height) / 2, box.y + (box.height - box.width) / 2, box.height, box.width};
}

/// TensorStage: T of the latents; its origin holds T of the input.
StageValue transformedLatents(const TensorStage& from, int downsample, const Transformation& t) {
    const Whole whole = wholeTokens(from.origin.image, downsample, t);
    TensorStage stage = from;
    const at::Tensor tokens = from.tensors->at("latents").narrow(2, 0, whole.rows).narrow(3, 0, whole.columns);
    const at::Tensor turned = t.of(tokens, 1).contiguous();
    stage.origin.image = imageFromTensor(t.of(coveredBy(whole, from.origin.image, downsample), downsample));
    stage.origin.crop = placeOf(from.origin, whole, downsample, t);
    stage.origin.margins = {};
    const std::size_t bytes = turned.nbytes() + stage.origin.image.byteSize();
    stage.tensors = std::make_shared<const TensorsByName>(TensorsByName{{"latents", turned}});
    return StageValue::make(std::move(stage), bytes);
}

/// What T leaves of pictures whose content came in over the border.
struct Inside {
    int x = 0, y = 0, width = 0, height = 0;
    std::string border;  ///< ", without ..."; empty if nothing is left out
};

Inside insideOf(const Image& image, int downsample, const Transformation& t) {
    Inside inside{0, 0, image.width(), image.height(), {}};
    const int shift = static_cast<int>(t.tokens) * downsample, size = std::abs(shift);
    if (shift == 0) return inside;
    (t.alongX() ? inside.x : inside.y) = std::max(0, shift);
    (t.alongX() ? inside.width : inside.height) -= size;
    const char* side = t.alongX() ? (shift > 0 ? "left" : "right") : (shift > 0 ? "top" : "bottom");
    inside.border = std::string(", without the ") + std::to_string(size) + " px at the " + side + " that came in over the border";
    return inside;
}

/// How far decode(T tokens) is from T of two pictures.
struct Equivariance {
    std::vector<Measure> measures;
    Image flipMap, ssimMap;  ///< against T of the input; empty unless the error is shown
    std::string cut;         ///< what T was not applied to; empty if nothing
};

void compare(std::vector<Measure>& measures, const std::string& prefix, const Image& reference, const Image& image, const std::string& what) {
    const std::string grid = ", sRGB 0..1, RGB, " + std::to_string(image.width()) + " x " + std::to_string(image.height()) + " px";
    measures.push_back({prefix + "psnr", psnr(reference, image), Unit::Decibels, what + grid});
    const std::optional<double> similarity = ssim(reference, image);
    measures.push_back({prefix + "ssim", similarity, Unit::None, similarity ? what + grid + ", Gaussian window 11" : "both sides must be at least 11 px"});
}

StageValue equivariance(const DecodedPixels& plain, const DecodedPixels& transformed, int downsample, const Transformation& t, bool maps, StageContext& context) {
    const Image &target = transformed.origin.image, &image = transformed.image;
    const Whole whole = wholeTokens(plain.origin.image, downsample, t);
    const Image own = imageFromTensor(t.of(coveredBy(whole, plain.image, downsample), downsample));
    const Inside inside = insideOf(image, downsample, t);
    const auto within = [&](const Image& of) { return cutOut(of, inside.x, inside.y, inside.width, inside.height); };
    Equivariance result;
    const int width = static_cast<int>(whole.columns) * downsample, height = static_cast<int>(whole.rows) * downsample;
    if (width != plain.image.width() || height != plain.image.height()) {
        result.cut = "T acts on the " + sizeText(width, height) + " at the top left that whole tokens cover, of " + sizeText(plain.image.width(), plain.image.height());
    }
    compare(result.measures, "", within(target), within(image), "decode(T tokens) against T input" + inside.border);
    context.checkStopped();
    compare(result.measures, "equivariance_", within(own), within(image), "decode(T tokens) against T decode(tokens), the model's own equivariance" + inside.border);
    if (maps) {
        context.checkStopped();
        result.flipMap = flip(target, image).map;
        context.checkStopped();
        result.ssimMap = ssimMap(target, image);
    }
    const std::size_t bytes = result.flipMap.byteSize() + result.ssimMap.byteSize() + 256;
    return StageValue::make(std::move(result), bytes);
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    planner.input(query.cell, preprocessingOf(query.parameters));  // there has to be one, to compare with
    const StagePlanPtr latents = planner.latents(query.cell, preprocessingOf(query.parameters));
    const ModelInfo model = planner.model(query.cell);
    const int downsample = model.downsample;
    Transformation t = transformationOf(query.parameters);
    t.fold = foldOf(model);
    const Hash128 key = Hasher().add("transformed").add(kVersion).add(latents->key).add(t.name).add(t.tokens).finish();
    const StagePlanPtr transformed = derivedStage(
        "transformed", key, {latents}, [=](std::span<const StageValue> values, StageContext&) { return transformedLatents(values[0].as<TensorStage>(), downsample, t); }, 0.1);
    const StagePlanPtr plain = planner.decoded(query.cell, latents), decoded = planner.decoded(query.cell, transformed);
    const bool maps = showsError(query.parameters);
    const Hash128 comparison = Hasher().add("equivariance").add(kVersion).add(plain->key).add(decoded->key).add(maps).finish();
    return {decoded, derivedStage("equivariance", comparison, {plain, decoded}, [=](std::span<const StageValue> values, StageContext& context) {
                return equivariance(values[0].as<DecodedPixels>(), values[1].as<DecodedPixels>(), downsample, t, maps, context);
            })};
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const DecodedPixels& decoded = values[0].as<DecodedPixels>();
    const Equivariance& found = values[1].as<Equivariance>();
    Picture picture = placed(decoded.image, decoded.origin);
    picture.precision = decoded.precision;
    picture.notes = decoded.notes;
    if (!found.cut.empty()) addNote(picture, found.cut);
    picture.measures = found.measures;
    const Transformation t = transformationOf(query.parameters);
    if (showsError(query.parameters)) picture.image = errorField(decoded.origin.image, decoded.image, found.flipMap, found.ssimMap);
    if (t.shifts()) addNote(picture, "shifted by whole tokens, and round: what leaves on one side comes in on the other; measures leave that part out");
    if (t.name == "scale_half") addNote(picture, "T is the mean of 2 x 2 tokens, and of 2 x 2 pixels");
    if (t.name == "scale_double") addNote(picture, "T repeats every token, and every pixel, twice in both directions");
    return picture;
}

void present(const Query& query, Picture& picture) {
    if (showsError(query.parameters)) presentDifference(query, picture);
}

}  // namespace

extern const Lens kEquivarianceLens{
    .name = "equivariance",
    .help = "What the decoder makes of transformed tokens, against the transformed input",
    .needs = {"encode", "decode", "compute"},
    .parameters = withPreprocessing({
        {.name = "transform", .initial = std::string("shift_x"), .low = {}, .high = {}, .help = "The transformation T of tokens and of pixels; rotations are clockwise",
         .choices = {"shift_x", "shift_y", "flip_horizontal", "flip_vertical", "rotate_90", "rotate_180", "rotate_270", "scale_half", "scale_double"}},
        {.name = "amount", .initial = std::int64_t(1), .low = std::int64_t(-256), .high = std::int64_t(256), .help = "Whole tokens of a shift, to the right or down; other transformations have none"},
        {.name = "show", .initial = std::string("decoded"), .low = {}, .high = {}, .help = "The picture decoded of T tokens, or its error against T input", .choices = {"decoded", "error"}},
        differenceKind(),
    }),
    .inputs = inputs,
    .draw = draw,
    .present = present,
};

}  // namespace tessera
