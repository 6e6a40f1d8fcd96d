// SPDX-License-Identifier: Apache-2.0
#include "panel.h"

#include <algorithm>
#include <array>
#include <cinttypes>
#include <cmath>
#include <cstdio>
#include <limits>
#include <string>
#include <type_traits>

#include <imgui.h>
#include <tessera/model_reference.h>

#include "captions.h"
#include "overlay/hud_text.h"

namespace tessera::viewer {
namespace {

constexpr std::array<ImU32, 4> kChannelColours = {IM_COL32(255, 110, 110, 255), IM_COL32(103, 201, 154, 255), IM_COL32(90, 167, 255, 255), IM_COL32(233, 233, 233, 255)};
constexpr int kBins = 128;

void tooltip(const std::string& text) {
    if (text.empty() || !ImGui::IsItemHovered()) return;
    ImGui::BeginTooltip();
    ImGui::PushTextWrapPos(ImGui::GetFontSize() * 24);
    ImGui::TextUnformatted(text.data(), text.data() + text.size());
    ImGui::PopTextWrapPos();
    ImGui::EndTooltip();
}

void write(const std::string& text) {
    ImGui::TextUnformatted(text.data(), text.data() + text.size());
}

void writeSecond(const std::string& text) {
    ImGui::PushStyleColor(ImGuiCol_Text, ImGui::GetStyleColorVec4(ImGuiCol_TextDisabled));
    ImGui::PushTextWrapPos(0);
    write(text);
    ImGui::PopTextWrapPos();
    ImGui::PopStyleColor();
}

std::string readable(std::string name) {
    std::ranges::replace(name, '_', ' ');
    return name;
}

/// A small cross at the right end of the line; true when it is pressed.
bool removeButton(const std::string& what) {
    ImGui::SameLine(ImGui::GetWindowContentRegionMax().x - ImGui::GetFrameHeight());
    const bool pressed = ImGui::SmallButton("x");
    tooltip("Remove " + what);
    return pressed;
}

/// Dear ImGui's sliders hold half of a type's range at most.
template <typename Number>
Number bound(const Value& value, Number otherwise) {
    const auto* number = std::get_if<Number>(&value);
    return number ? std::clamp<Number>(*number, std::numeric_limits<Number>::lowest() / 2, std::numeric_limits<Number>::max() / 2) : otherwise;
}

bool section(const char* name, bool open = true) {
    ImGui::PushStyleColor(ImGuiCol_Header, IM_COL32(52, 52, 52, 255));
    const bool shown = ImGui::CollapsingHeader(name, open ? ImGuiTreeNodeFlags_DefaultOpen : 0);
    ImGui::PopStyleColor();
    return shown;
}

/// A slider with its number beside it, where the handle cannot hide it.
template <typename Number>
bool slider(const std::string& label, Number& value, Number low, Number high, const char* format, ImGuiSliderFlags flags = 0) {
    constexpr ImGuiDataType kType = std::is_same_v<Number, float> ? ImGuiDataType_Float : std::is_same_v<Number, double> ? ImGuiDataType_Double : ImGuiDataType_S64;
    ImGui::BeginGroup();  // one item for the tooltip
    ImGui::PushID(label.c_str());
    const bool changed = ImGui::SliderScalar("##slider", kType, &value, &low, &high, "", flags | ImGuiSliderFlags_AlwaysClamp);
    ImGui::PopID();
    char number[48];
    std::snprintf(number, sizeof number, format, value);
    ImGui::SameLine();
    write(label + " " + overlay::withTrueMinus(number));
    ImGui::EndGroup();
    return changed;
}

std::string helpOf(const ParameterSpec& spec) {
    const std::string_view unit = symbolOf(spec.unit);
    return spec.help + (unit.empty() ? "" : " (" + std::string(unit) + ")");
}

}  // namespace

void Panel::draw(Board& board, Sight& sight, float height, float pixelRatio, const canvas::Pane* current) {
    m_ratio = pixelRatio;
    ImGui::SetNextWindowPos({0, 0});
    ImGui::SetNextWindowSize({kWidth * pixelRatio, height});
    constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoTitleBar | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoResize | ImGuiWindowFlags_NoCollapse |
                                        ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoBringToFrontOnFocus;
    ImGui::Begin("panel", nullptr, kFlags);
    ImGui::PushItemWidth(ImGui::GetContentRegionAvail().x * 0.5F);
    if (section("Pictures")) drawImages(board, sight);
    if (section("Models")) drawModels(board);
    if (section("Lenses")) drawLenses(board);
    if (section("View")) drawView(sight);
    if (current && current->picture && section("Histogram", false)) drawHistogram(sight, *current);
    ImGui::PopItemWidth();
    ImGui::End();
}

void Panel::drawImages(Board& board, Sight& sight) {
    if (board.images().empty()) writeSecond("Drop pictures, folders or checkpoints on the window.");
    std::optional<std::size_t> removed;
    // A long list scrolls by itself.
    const float line = ImGui::GetTextLineHeightWithSpacing();
    const auto shown = static_cast<float>(std::min<std::size_t>(board.images().size(), 6));
    if (!board.images().empty()) ImGui::BeginChild("images", {0, shown * line + 4});
    ImGuiListClipper clipper;
    clipper.Begin(static_cast<int>(board.images().size()), line);
    while (clipper.Step()) {
        for (int i = clipper.DisplayStart; i < clipper.DisplayEnd; ++i) {
            const ImageRow& image = board.images()[static_cast<std::size_t>(i)];
            ImGui::PushID(i);
            const float width = ImGui::GetContentRegionAvail().x - ImGui::GetFrameHeight() - 4 * m_ratio;
            if (ImGui::Selectable(elided(image.name, width).c_str(), sight.row == static_cast<std::size_t>(i), 0, {width, 0})) sight.row = static_cast<std::size_t>(i);
            tooltip(image.path);
            if (removeButton("the picture")) removed = static_cast<std::size_t>(i);
            ImGui::PopID();
        }
    }
    if (!board.images().empty()) ImGui::EndChild();
    if (removed) board.removeImage(*removed);
}

void Panel::drawModels(Board& board) {
    std::optional<std::size_t> removed;
    for (std::size_t i = 0; i < board.models().size(); ++i) {
        const ModelRow& model = board.models()[i];
        ImGui::PushID(static_cast<int>(i));
        const std::string name = model.info ? model.info->name : model.name.empty() ? "the built-in model" : model.name;
        write(elided(name, ImGui::GetContentRegionAvail().x - ImGui::GetFrameHeight() - 4 * m_ratio));
        tooltip(model.info ? model.info->path : model.request.reference);
        if (removeButton("the model")) removed = i;
        if (model.info) writeSecond(model.info->family + ", " + model.info->shape + ", " + model.info->precision + " on " + model.info->device);
        else if (model.error) writeSecond(toLine(*model.error));
        else writeSecond(board.failure() ? "not opened" : "opening");
        ImGui::PopID();
    }
    if (removed) board.removeModel(*removed);
    if (!board.engine()) return;
    ImGui::SetNextItemWidth(-1);
    if (!ImGui::BeginCombo("##add model", "Add a model")) return;
    for (const ModelEntry& entry : board.modelEntries()) {
        for (const Precision precision : {Precision::Auto, Precision::Fp32, Precision::Bf16}) {
            const std::string name = entry.name + (precision == Precision::Auto ? "" : ", " + std::string(precisionName(precision)));
            if (ImGui::Selectable((name + "##" + entry.path).c_str())) board.addModel({entry.embedded ? entry.name : entry.path, precision});
            tooltip(entry.family + "\n" + entry.path);
        }
    }
    ImGui::EndCombo();
}

void Panel::drawLenses(Board& board) {
    std::optional<std::size_t> removed;
    for (std::size_t i = 0; i < board.lenses().size(); ++i) {
        const LensRow& lens = board.lenses()[i];
        const LensInfo* info = board.infoOf(lens);
        if (!info) continue;
        ImGui::PushID(static_cast<int>(lens.id));
        const bool open = ImGui::TreeNodeEx("lens", ImGuiTreeNodeFlags_AllowItemOverlap, "%s", readable(lens.name).c_str());
        tooltip(info->help);
        if (removeButton("the lens")) removed = i;
        if (open) {
            for (const ParameterSpec& spec : info->parameters) drawParameter(board, i, spec);
            ImGui::TreePop();
        }
        ImGui::PopID();
    }
    if (removed) board.removeLens(*removed);
    if (!board.engine()) return;
    ImGui::SetNextItemWidth(-1);
    if (!ImGui::BeginCombo("##add lens", "Add a lens")) return;
    for (const LensInfo& info : board.lensInfos()) {
        if (ImGui::Selectable(readable(info.name).c_str())) board.addLens(info.name);
        tooltip(info.help);
    }
    ImGui::EndCombo();
}

void Panel::drawParameter(Board& board, std::size_t lens, const ParameterSpec& declared) {
    ParameterSpec spec = declared;
    for (const ModelRow& model : board.models()) {
        if (model.info) spec = boundedFor(declared, *model.info);
    }
    const ParameterSet& chosen = board.lenses()[lens].parameters;
    const auto found = chosen.find(spec.name);
    const Value value = found == chosen.end() ? spec.initial : found->second;
    const std::string label = readable(spec.name);
    std::optional<Value> next;
    if (const auto* flag = std::get_if<bool>(&value)) {
        bool now = *flag;
        if (ImGui::Checkbox(label.c_str(), &now)) next = now;
    } else if (const auto* number = std::get_if<std::int64_t>(&value)) {
        std::int64_t now = *number;
        const auto low = bound<std::int64_t>(spec.low, 0), high = bound<std::int64_t>(spec.high, 1);
        if (slider(label, now, low, high, "%" PRId64)) next = now;
    } else if (const auto* real = std::get_if<double>(&value)) {
        double now = *real;
        const auto low = bound<double>(spec.low, 0), high = bound<double>(spec.high, 1);
        // Large ranges are for rare wishes: most of the slider is for small numbers.
        const ImGuiSliderFlags flags = low >= 0 && high > 10 ? ImGuiSliderFlags_Logarithmic : ImGuiSliderFlags_None;
        if (slider(label, now, low, high, "%.3g", flags)) next = now;
    } else if (const auto* text = std::get_if<std::string>(&value); text && !spec.choices.empty()) {
        if (ImGui::BeginCombo(label.c_str(), readable(*text).c_str())) {
            for (const std::string& choice : spec.choices) {
                if (ImGui::Selectable(readable(choice).c_str(), choice == *text)) next = choice;
            }
            ImGui::EndCombo();
        }
    }
    tooltip(helpOf(spec));
    if (next) board.setParameter(lens, spec.name, *next);
}

void Panel::drawView(Sight& sight) {
    static constexpr std::array<const char*, 4> kWays = {"side by side", "wipe", "onion skin", "difference"};
    if (ImGui::BeginCombo("compare", kWays[static_cast<std::size_t>(sight.compare)])) {
        for (std::size_t i = 0; i < kWays.size(); ++i) {
            if (ImGui::Selectable(kWays[i], static_cast<std::size_t>(sight.compare) == i)) sight.compare = static_cast<canvas::Compare>(i);
        }
        ImGui::EndCombo();
    }
    tooltip("Every picture with that of the reference column: right click in a pane to choose it");
    if (sight.compare == canvas::Compare::Onion) slider("opacity", sight.onionShare, 0.0F, 1.0F, "%.2f");
    if (sight.compare == canvas::Compare::Difference) {
        if (ImGui::BeginCombo("kind", nameOfDifference(sight.difference))) {
            for (const FieldMapping kind : {FieldMapping::Absolute, FieldMapping::Signed, FieldMapping::Squared}) {
                if (ImGui::Selectable(nameOfDifference(kind), kind == sight.difference)) sight.difference = kind, sight.differenceHigh.reset();
            }
            ImGui::EndCombo();
        }
        float high = differenceLookOf(sight).high;
        if (slider("high end", high, 1e-4F, 1.0F, "%.3g", ImGuiSliderFlags_Logarithmic)) sight.differenceHigh = high;
    }
    slider("exposure", sight.exposureStops, -8.0F, 8.0F, "%+.1f");
    tooltip("Stops: colour pictures times two to this power, in linear light");
    slider("gain", sight.gain, 0.1F, 100.0F, "%.3g", ImGuiSliderFlags_Logarithmic);
    tooltip("Values of fields and differences times this before the colour map; light of colour pictures too");
    ImGui::Checkbox("logarithmic colour map", &sight.logarithmic);
    ImGui::Checkbox("stripes where values clip", &sight.clipping);
    tooltip("Falling cyan stripes below the low end, rising orange ones above the high end");
    ImGui::Checkbox("pixel grid", &sight.grid);
    ImGui::SameLine();
    ImGui::Checkbox("values", &sight.values);
}

/// Which values stay lit.
void Panel::drawBrush(Sight& sight, FieldMapping mapping, float low, float high) {
    bool brushed = sight.brush && sight.brushMapping == mapping;
    if (ImGui::Checkbox("light only values", &brushed)) {
        sight.brush.reset();
        if (brushed) sight.brush.emplace(low + 0.25F * (high - low), low + 0.75F * (high - low));
        sight.brushMapping = mapping;
    }
    if (!brushed || !sight.brush) return;
    ImGui::SetNextItemWidth(-1);
    ImGui::DragFloatRange2("##lit", &sight.brush->first, &sight.brush->second, (high - low) / 256, low, high, "%.3g", "%.3g", ImGuiSliderFlags_AlwaysClamp);
}

void Panel::drawHistogram(Sight& sight, const canvas::Pane& pane) {
    const Picture& picture = *pane.picture;
    const bool colour = pane.look.mapping == FieldMapping::Colour;
    const float low = colour ? 0.0F : pane.look.low, high = colour ? 1.0F : pane.look.high;
    if (!m_counted || m_counted->picture.lock() != pane.picture || m_counted->mapping != pane.look.mapping || m_counted->low != low || m_counted->high != high) {
        m_counted = Counted{pane.picture, pane.look.mapping, low, high, canvas::histogramOf(picture, pane.look.mapping, kBins, low, high)};
    }
    const canvas::Histogram& histogram = m_counted->histogram;
    std::uint64_t most = 1;
    for (const auto& channel : histogram.channels) most = std::max(most, *std::ranges::max_element(channel.counts));
    const ImVec2 from = ImGui::GetCursorScreenPos(), size{ImGui::GetContentRegionAvail().x, 80 * m_ratio};
    ImDrawList& list = *ImGui::GetWindowDrawList();
    list.AddRectFilled(from, {from.x + size.x, from.y + size.y}, IM_COL32(29, 29, 29, 255));
    for (std::size_t c = 0; c < histogram.channels.size(); ++c) {
        const auto& counts = histogram.channels[c].counts;
        std::vector<ImVec2> line;
        for (std::size_t bin = 0; bin < counts.size(); ++bin) {
            // The root, so that rare values are seen beside a plain ground.
            const float share = std::sqrt(static_cast<float>(counts[bin]) / static_cast<float>(most));
            line.push_back({from.x + size.x * (static_cast<float>(bin) + 0.5F) / static_cast<float>(counts.size()), from.y + size.y * (1 - 0.96F * share)});
        }
        list.AddPolyline(line.data(), static_cast<int>(line.size()), kChannelColours[histogram.channels.size() == 1 ? 2 : c], 0, (c == 3 ? 1.5F : 1) * m_ratio);
    }
    if (sight.brush && sight.brushMapping == pane.look.mapping) {
        const auto place = [&](float value) { return from.x + size.x * std::clamp((value - low) / (high - low), 0.0F, 1.0F); };
        list.AddRectFilled({place(sight.brush->first), from.y}, {place(sight.brush->second), from.y + size.y}, IM_COL32(90, 167, 255, 48));
    }
    ImGui::Dummy(size);
    tooltip(colour ? "Red, green, blue and, in white, the luminance; the height is the root of the count" : "Values between the ends of the colour map; the height is the root of the count");
    std::uint64_t below = 0, above = 0;
    for (const auto& channel : histogram.channels) below = std::max(below, channel.below), above = std::max(above, channel.above);
    char text[96];
    std::snprintf(text, sizeof text, "%.3g to %.3g, %.2g %% below, %.2g %% above", static_cast<double>(low), static_cast<double>(high),
                  100.0 * static_cast<double>(below) / static_cast<double>(histogram.pixels), 100.0 * static_cast<double>(above) / static_cast<double>(histogram.pixels));
    writeSecond(text);
    drawBrush(sight, pane.look.mapping, low, high);
}

}  // namespace tessera::viewer
