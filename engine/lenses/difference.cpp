// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <cmath>

#include "core/error.h"
#include "lenses/derived_stage.h"
#include "lenses/error_field.h"
#include "lenses/lens.h"
#include "lenses/lens_drawing.h"
#include "local/stage_planner.h"

namespace tessera {
namespace {

constexpr std::int64_t kAlignVersion = 1;
constexpr double kShapeTolerance = 0.01;  // of the aspect ratio

std::int64_t pixelsOf(const Image& image) {
    return std::int64_t(image.width()) * image.height();
}

/// Where two pictures meet: whole pixels of the smaller one's grid, and what the larger one shows there.
struct CommonGrid {
    bool ownIsSmaller = true;
    int x = 0, y = 0, width = 0, height = 0;  ///< of the smaller picture
    CropBox larger;                           ///< in pixels of the larger picture
    CropBox place;                            ///< of the own source
};

/// One axis of two pictures of one source: the whole pixels of `small` that `large` covers too, and their place in `large`.
struct CommonSpan {
    int from = 0, count = 0;
    double largeFrom = 0, largeCount = 0;
};

CommonSpan commonSpan(double smallFrom, double smallLength, int smallCount, double largeFrom, double largeLength, int largeCount) {
    const double perPixel = smallLength / smallCount, perLarge = largeLength / largeCount;
    constexpr double kSlack = 1e-6;
    const auto inside = [&](double place) { return std::clamp((place - smallFrom) / perPixel, 0.0, static_cast<double>(smallCount)); };
    CommonSpan span;
    span.from = static_cast<int>(std::ceil(inside(largeFrom) - kSlack));
    span.count = static_cast<int>(std::floor(inside(largeFrom + largeLength) + kSlack)) - span.from;
    span.largeFrom = (smallFrom + span.from * perPixel - largeFrom) / perLarge;
    span.largeCount = span.count * perPixel / perLarge;
    return span;
}

CommonGrid commonGrid(const DecodedPixels& own, const DecodedPixels& other, bool sameSource) {
    CommonGrid grid{.ownIsSmaller = pixelsOf(own.image) <= pixelsOf(other.image)};
    const DecodedPixels &small = grid.ownIsSmaller ? own : other, &large = grid.ownIsSmaller ? other : own;
    if (!sameSource) {
        grid.width = small.image.width();
        grid.height = small.image.height();
        grid.larger = {0, 0, double(large.image.width()), double(large.image.height())};
        grid.place = own.origin.crop;
        return grid;
    }
    const CropBox &a = small.origin.crop, &b = large.origin.crop;
    const CommonSpan across = commonSpan(a.x, a.width, small.image.width(), b.x, b.width, large.image.width());
    const CommonSpan down = commonSpan(a.y, a.height, small.image.height(), b.y, b.height, large.image.height());
    if (across.count <= 0 || down.count <= 0) throw Failure(ErrorCode::Mismatch, "the two cells show no common part of the picture", "lens difference", "give both the same crop");
    grid.x = across.from;
    grid.y = down.from;
    grid.width = across.count;
    grid.height = down.count;
    grid.larger = {across.largeFrom, down.largeFrom, across.largeCount, down.largeCount};
    const double sx = a.width / small.image.width(), sy = a.height / small.image.height();
    grid.place = {a.x + grid.x * sx, a.y + grid.y * sy, grid.width * sx, grid.height * sy};
    return grid;
}

Image onGrid(const Image& image, bool smaller, const CommonGrid& grid) {
    if (smaller) return cutOut(image, grid.x, grid.y, grid.width, grid.height);
    if (image.width() == grid.width && image.height() == grid.height && grid.larger == CropBox{0, 0, double(grid.width), double(grid.height)}) return image;
    return resample(image, grid.larger, grid.width, grid.height, Filter::Bicubic);
}

/// Own picture (DecodedPixels) or reference (ModelInput) on the grid that both have.
StagePlanPtr aligned(bool reference, const StagePlanPtr& own, const StagePlanPtr& other, bool sameSource) {
    const Hash128 key = Hasher().add("aligned").add(kAlignVersion).add(reference).add(sameSource).add(own->key).add(other->key).finish();
    const auto run = [=](std::span<const StageValue> values, StageContext&) {
        const DecodedPixels &mine = values[0].as<DecodedPixels>(), &theirs = values[1].as<DecodedPixels>();
        const CommonGrid grid = commonGrid(mine, theirs, sameSource);
        ModelInput place = mine.origin;
        place.margins = {};
        place.crop = grid.place;
        place.image = onGrid(reference ? theirs.image : mine.image, reference != grid.ownIsSmaller, grid);
        const std::size_t bytes = place.image.byteSize();
        if (reference) return StageValue::make(std::move(place), bytes);
        DecodedPixels pixels = mine;
        pixels.image = place.image;
        pixels.origin = std::move(place);
        return StageValue::make(std::move(pixels), bytes);
    };
    return derivedStage("aligned", key, {own, other}, run, 0.5, Lane::Io);
}

std::vector<StagePlanPtr> inputs(const Query& query, StagePlanner& planner) {
    const ParameterSet preprocessing = preprocessingOf(query.parameters);
    const StagePlanPtr decoded = planner.decoded(query.cell, planner.latents(query.cell, preprocessing));
    if (query.others.empty()) {
        const StagePlanPtr input = planner.input(query.cell, preprocessing);
        return {input, decoded, planner.comparison(input, decoded, ComparisonDepth::Full)};
    }
    const CellRef& other = query.others.front();
    if (other.model == ModelId{}) throw Failure(ErrorCode::Invalid, "the cell to compare with has no model", "lens difference", "name a cell with a model");
    const StagePlanPtr theirs = planner.decoded(other, planner.latents(other, preprocessing));
    const bool sameSource = other.source == query.cell.source;
    const StagePlanPtr reference = aligned(true, decoded, theirs, sameSource), own = aligned(false, decoded, theirs, sameSource);
    return {reference, own, planner.comparison(reference, own, ComparisonDepth::Full), decoded, theirs};
}

/// What a person must know of two cells' pictures and of the grid they were compared on.
void describeReference(Picture& picture, const DecodedPixels& own, const DecodedPixels& other, const std::string& references) {
    const Image &mine = own.image, &theirs = other.image;
    for (const Note& note : other.notes) {
        if (note.kind == Note::Kind::Warning) addWarning(picture, "the other cell: " + note.text);
    }
    addNote(picture, "against " + references + ", not against the input");
    const double shape = double(mine.width()) / mine.height() / (double(theirs.width()) / theirs.height());
    if (std::abs(shape - 1) > kShapeTolerance) addWarning(picture, "the two pictures have different shapes, the larger one is stretched");
    if (mine.width() == theirs.width() && mine.height() == theirs.height()) return;
    const auto sized = [](const Image& image) { return sizeText(image.width(), image.height()); };
    picture.summary += ", the smaller grid of " + sized(mine) + " and " + sized(theirs);
    const Image& larger = pixelsOf(mine) <= pixelsOf(theirs) ? theirs : mine;
    for (Measure& measure : picture.measures) {
        if (measure.value) measure.detail += "; on the smaller grid, " + sized(larger) + " resampled to it with an antialiased bicubic filter";
    }
}

Picture draw(const Query& query, std::span<const StageValue> values, StageContext&) {
    const ModelInput& reference = values[0].as<ModelInput>();
    const DecodedPixels& decoded = values[1].as<DecodedPixels>();
    const PixelComparison& comparison = values[2].as<PixelComparison>();
    Picture picture = placed(errorField(reference.image, decoded.image, comparison.flipMap, comparison.ssimMap), decoded.origin);
    picture.precision = decoded.precision;
    picture.notes = decoded.notes;
    picture.measures = comparison.measures;
    for (Measure& measure : picture.measures) {
        if (measure.name == "ssim" && measure.value) measure.detail += "; the map's mean but for the 5 px next to its edges, where the window sees mirrored pixels";
    }
    addErrorMeasures(picture);
    if (!query.others.empty()) {
        const bool samePicture = query.others.front().source == query.cell.source;
        describeReference(picture, values[3].as<DecodedPixels>(), values[4].as<DecodedPixels>(), samePicture ? "the other model's reconstruction" : "the reconstruction of another picture");
    }
    return picture;
}

}  // namespace

extern const Lens kDifferenceLens{
    .name = "difference",
    .help = "Where the reconstruction departs from the input, or from another cell's reconstruction",
    .needs = {"encode", "decode"},
    .parameters = withPreprocessing({differenceKind()}),
    .inputs = inputs,
    .draw = draw,
    .present = presentDifference,
    .others = Others::Reference,
};

}  // namespace tessera
