// SPDX-License-Identifier: Apache-2.0
#include "captions.h"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <string>

#include <imgui.h>
#include <tessera/colour_map.h>

#include "canvas/look_maths.h"
#include "canvas/value_lines.h"
#include "overlay/hud_text.h"

namespace tessera::viewer {
namespace {

using canvas::Compare;
using canvas::Pane;
using canvas::PaneLook;
using canvas::Probe;

constexpr ImU32 kCaption = IM_COL32(32, 32, 32, 255), kText = IM_COL32(233, 233, 233, 255), kSecond = IM_COL32(180, 180, 180, 255);
constexpr ImU32 kAccent = IM_COL32(90, 167, 255, 255), kError = IM_COL32(255, 131, 121, 255), kBadge = IM_COL32(0, 0, 0, 199);

float widthOf(const std::string& text) {
    return ImGui::CalcTextSize(text.data(), text.data() + text.size()).x;
}

/// Steps over whole letters of UTF-8.
std::size_t letterStart(const std::string& text, std::size_t at) {
    while (at > 0 && at < text.size() && (static_cast<unsigned char>(text[at]) & 0xc0U) == 0x80U) --at;
    return at;
}

std::string shortNumber(double value) {
    char text[32];
    const int length = std::snprintf(text, sizeof text, "%.3g", value);
    return overlay::withTrueMinus(std::string(text, static_cast<std::size_t>(std::max(0, length))));
}

std::string decibels(const Picture& picture) {
    const Measure* psnr = picture.measure("psnr");
    if (!psnr || !psnr->value) return {};
    if (std::isinf(*psnr->value)) return "\u221e dB";
    return overlay::fixed(*psnr->value, 2) + " dB";
}

std::string valuesOf(const Pane& pane, const Probe& probe) {
    std::string text = std::to_string(probe.x) + ", " + std::to_string(probe.y);
    if (pane.compare == Compare::Difference && probe.difference) return text + "   " + overlay::withTrueMinus(canvas::valueLine(*probe.difference, pane.differenceLook));
    for (const std::string& line : canvas::probeLines(*pane.picture, probe.x, probe.y, pane.look)) text += "  " + overlay::withTrueMinus(line);
    return text;
}

}  // namespace

std::string elided(const std::string& text, float width) {
    if (widthOf(text) <= width) return text;
    for (std::size_t kept = text.size() - 1; kept > 1; --kept) {
        const std::size_t head = letterStart(text, (kept + 1) / 2), tail = letterStart(text, text.size() - kept / 2);
        std::string shorter = text.substr(0, head) + "\u2026" + text.substr(tail);
        if (widthOf(shorter) <= width) return shorter;
    }
    return {};
}

void drawEmptyState(ImDrawList& list, const Board& board, const std::string& trouble, const canvas::Rect& area) {
    const bool empty = board.images().empty() || board.columns().empty();
    std::string words = trouble;
    if (words.empty() && board.failure() && empty) words = toLine(*board.failure());
    if (words.empty() && board.images().empty()) words = "Drop pictures here.";
    else if (words.empty() && board.engine() && empty) words = "Add a lens at the side.";
    if (words.empty()) return;
    const float width = std::max(80.0F, std::min(area.width - area.x - 48, 480.0F));
    const ImVec2 size = ImGui::CalcTextSize(words.data(), words.data() + words.size(), false, width);
    const ImVec2 at{std::round((area.x + area.width - size.x) / 2), std::round((area.y + area.height - size.y) / 2)};
    list.AddText(ImGui::GetFont(), ImGui::GetFontSize(), at, trouble.empty() && !board.failure() ? kSecond : kError, words.data(), words.data() + words.size(), width);
}

std::vector<std::optional<Probe>> probesAt(const canvas::Canvas& canvas, float x, float y) {
    const auto& panes = canvas.panes();
    std::vector<std::optional<Probe>> probes(panes.size());
    const auto hovered = std::ranges::find_if(panes, [&](const Pane& pane) { return pane.body.contains(x, y); });
    if (hovered == panes.end()) return probes;
    // Panes share the camera: one place lies equally far from the middle of each.
    const float dx = x - hovered->body.x - hovered->body.width / 2, dy = y - hovered->body.y - hovered->body.height / 2;
    for (std::size_t i = 0; i < panes.size(); ++i) {
        const canvas::Rect& body = panes[i].body;
        probes[i] = canvas.probe(body.x + body.width / 2 + dx, body.y + body.height / 2 + dy);
        if (probes[i] && probes[i]->pane != static_cast<int>(i)) probes[i].reset();
    }
    return probes;
}

Captions::Area Captions::areaOf(const canvas::Rect& rect) const {
    return {rect.x / m_scale, rect.y / m_scale, (rect.x + rect.width) / m_scale, (rect.y + rect.height) / m_scale};
}

std::string Captions::titleOf(const Board& board, const Sight& sight, const PlacedCell& cell, bool withModel) const {
    std::string title = withModel ? board.titleOf(cell.column) : board.lensTitleOf(cell.column);
    if (board.images().size() > 1 && cell.column == board.columns().front()) title = board.images()[cell.row].name + " \u00b7 " + title;
    const bool compared = sight.compare != Compare::None || sight.flipped;
    return compared && referenceOf(board, sight) == cell.column ? title + " (reference)" : title;
}

void Captions::drawTitle(const std::string& title, const Area& area, float rightEdge) {
    const float left = area.left + 6 * m_ratio;
    const std::string shown = elided(title, rightEdge - left - 8 * m_ratio);
    m_list.AddText({left, std::round((area.top + area.bottom - ImGui::GetFontSize()) / 2)}, kText, shown.data(), shown.data() + shown.size());
}

float Captions::drawNumbers(const std::string& text, bool probed, const Area& area) {
    const float left = std::round(area.right - 6 * m_ratio - widthOf(text));
    if (text.empty() || left < area.left + 8 * m_ratio) return area.right;
    m_list.AddText({left, std::round((area.top + area.bottom - ImGui::GetFontSize()) / 2)}, probed ? kText : kSecond, text.data(), text.data() + text.size());
    return left;
}

float Captions::drawLegend(const PaneLook& look, const std::string& label, const Area& area, float titleEdge) {
    const double lowest = canvas::valueAtPlace(0, look), highest = canvas::valueAtPlace(1, look);
    if (std::isnan(lowest) || std::isnan(highest)) return area.right;
    const std::string low = shortNumber(lowest), high = shortNumber(highest) + (look.logarithmic ? " log" : "");
    const float bar = 56 * m_ratio, gap = 5 * m_ratio;
    const auto leftOf = [&](const std::string& end) { return std::round(area.right - 6 * m_ratio - widthOf(end) - gap - bar - gap - widthOf(low)); };
    // The title goes before the label, and both ends of the bar before the middle of a long title.
    const std::string end = label.empty() || leftOf(high + " " + label) < titleEdge ? high : high + " " + label;
    const float left = leftOf(end);
    if (left < std::min(titleEdge, (area.left + area.right) / 2)) return area.right;
    const float line = std::round((area.top + area.bottom - ImGui::GetFontSize()) / 2), middle = (area.top + area.bottom) / 2;
    m_list.AddText({left, line}, kSecond, low.data(), low.data() + low.size());
    const float start = std::round(left + widthOf(low) + gap);
    constexpr int kSteps = 28;
    for (int i = 0; i < kSteps; ++i) {
        const auto colour = colourOf(look.map, (i + 0.5) / kSteps);
        const float from = start + bar * static_cast<float>(i) / kSteps, to = start + bar * static_cast<float>(i + 1) / kSteps;
        m_list.AddRectFilled({std::round(from), std::round(middle - 4 * m_ratio)}, {std::round(to), std::round(middle + 4 * m_ratio)}, IM_COL32(colour[0], colour[1], colour[2], 255));
    }
    m_list.AddText({std::round(start + bar + gap), line}, kSecond, end.data(), end.data() + end.size());
    return left;
}

float Captions::drawRightSide(const Pane& pane, const std::optional<Probe>& probe, const Area& area, float titleEdge) {
    if (!pane.picture) return area.right;
    if (probe) return drawNumbers(valuesOf(pane, *probe), true, area);
    const bool difference = pane.compare == Compare::Difference && pane.other;
    const PaneLook& look = difference ? pane.differenceLook : pane.look;
    if (look.mapping == FieldMapping::Colour) return drawNumbers(decibels(*pane.picture), false, area);
    const std::string label = difference ? nameOfDifference(look.mapping) : pane.picture->legend ? pane.picture->legend->label : std::string();
    return drawLegend(look, label, area, titleEdge);
}

void Captions::drawSentence(const std::string& words, bool isError, const Area& area) {
    const float inset = 12 * m_ratio, width = std::max(40.0F, std::min(area.right - area.left - 2 * inset, 420 * m_ratio));
    const ImVec2 size = ImGui::CalcTextSize(words.data(), words.data() + words.size(), false, width);
    const ImVec2 at{std::round((area.left + area.right - size.x) / 2), std::round((area.top + area.bottom - size.y) / 2)};
    m_list.PushClipRect({area.left, area.top}, {area.right, area.bottom}, true);
    m_list.AddText(ImGui::GetFont(), ImGui::GetFontSize(), at, isError ? kError : kSecond, words.data(), words.data() + words.size(), width);
    m_list.PopClipRect();
}

void Captions::drawBadge(const std::string& words, const Area& area) {
    const float inset = 5 * m_ratio, height = 18 * m_ratio, margin = 4 * m_ratio;
    const std::string shown = elided(words, area.right - area.left - 2 * (inset + margin));
    if (shown.empty()) return;
    const ImVec2 from{area.left + margin, area.top + margin}, to{from.x + widthOf(shown) + 2 * inset, from.y + height};
    m_list.AddRectFilled(from, to, kBadge, 2 * m_ratio);
    m_list.AddText({from.x + inset, std::round(from.y + (height - ImGui::GetFontSize()) / 2)}, IM_COL32_WHITE, shown.data(), shown.data() + shown.size());
}

/// Where the pointer's place lies in the other panes.
void Captions::drawCross(const canvas::Canvas& canvas, std::size_t pane, const Probe& probe, const Area& area) {
    const canvas::Rect rect = canvas.pictureRect(static_cast<int>(pane));
    const Image& image = canvas.panes()[pane].picture->image;
    const float x = std::round((rect.x + (static_cast<float>(probe.x) + 0.5F) * rect.width / static_cast<float>(image.width())) / m_scale);
    const float y = std::round((rect.y + (static_cast<float>(probe.y) + 0.5F) * rect.height / static_cast<float>(image.height())) / m_scale);
    m_list.PushClipRect({area.left, area.top}, {area.right, area.bottom}, true);
    for (const auto& [colour, thickness] : {std::pair(IM_COL32_BLACK, 3.0F), std::pair(IM_COL32_WHITE, 1.0F)}) {
        for (const float side : {-1.0F, 1.0F}) {
            m_list.AddLine({x + side * 4 * m_ratio, y}, {x + side * 9 * m_ratio, y}, colour, thickness * m_ratio);
            m_list.AddLine({x, y + side * 4 * m_ratio}, {x, y + side * 9 * m_ratio}, colour, thickness * m_ratio);
        }
    }
    m_list.PopClipRect();
}

void Captions::draw(const Board& board, const Sight& sight, const std::vector<PlacedCell>& cells, const canvas::Canvas& canvas,
                    const std::vector<std::optional<Probe>>& probes) {
    for (std::size_t i = 0; i < cells.size(); ++i) {
        const Pane& pane = canvas.panes()[i];
        const Area caption = areaOf(cells[i].caption), body = areaOf(cells[i].body);
        m_list.AddRectFilled({caption.left, caption.top}, {caption.right, caption.bottom}, kCaption);
        if (board.images().size() > 1 && !sight.single && cells[i].row == sight.row) {
            m_list.AddRectFilled({caption.left, caption.top}, {caption.left + 2 * m_ratio, caption.bottom}, kAccent);
        }
        std::string title = titleOf(board, sight, cells[i], true);
        const float edge = drawRightSide(pane, probes[i], caption, caption.left + 22 * m_ratio + widthOf(title));
        // The only model goes without saying where there is no room for it.
        if (board.models().size() == 1 && caption.left + 14 * m_ratio + widthOf(title) > edge) title = titleOf(board, sight, cells[i], false);
        drawTitle(title, caption, edge);
        const std::string words = board.wordsOf(cells[i].row, cells[i].column);
        const Cell* cell = board.cell(cells[i].row, cells[i].column);
        if (!pane.picture && !words.empty()) {
            const bool waits = !board.failure() && (!cell || !cell->error) && !(cells[i].column.model && board.models()[*cells[i].column.model].error);
            drawSentence(words, !waits, body);
        } else if (pane.picture && cell && cell->waiting && cell->progress) {
            drawBadge(words, body);
        } else if (pane.picture && !sight.flipped) {
            const auto warning = std::ranges::find(pane.picture->notes, Note::Kind::Warning, &Note::kind);
            if (warning != pane.picture->notes.end()) drawBadge(warning->text, body);
        }
        const bool hovered = probes[i] && canvas.panes()[i].body.contains(ImGui::GetIO().MousePos.x * m_scale, ImGui::GetIO().MousePos.y * m_scale);
        if (probes[i] && !hovered) drawCross(canvas, i, *probes[i], body);
    }
}

}  // namespace tessera::viewer
