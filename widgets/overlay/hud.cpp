// SPDX-License-Identifier: Apache-2.0
#include "overlay/hud.h"

#include <algorithm>
#include <array>
#include <backends/imgui_impl_opengl3.h>
#include <cfloat>
#include <epoxy/gl.h>
#include <numeric>
#include <set>
#include <utility>

#include <imgui.h>

#include "overlay/hud_font.h"
#include "overlay/hud_text.h"

namespace tessera::overlay {
namespace {

constexpr float kColumnGap = 12, kFoldMark = 6;  // logical pixels
const ImVec4 kBack{0, 0, 0, 0.88F};            // numbers of the canvas lie under it
const ImVec4 kWhite{1, 1, 1, 1};
const ImVec4 kSecond{0.706F, 0.706F, 0.706F, 1};
const ImVec4 kRule{1, 1, 1, 0.16F};

/// Dear ImGui has one current context per program: ours while we draw, then whoever's it was.
class Borrowed {
public:
    explicit Borrowed(ImGuiContext* context) : m_before(ImGui::GetCurrentContext()) { ImGui::SetCurrentContext(context); }
    ~Borrowed() { ImGui::SetCurrentContext(m_before); }
    Borrowed(const Borrowed&) = delete;
    Borrowed& operator=(const Borrowed&) = delete;

private:
    ImGuiContext* m_before;
};

void applyStyle(float ratio) {
    ImGuiStyle& style = ImGui::GetStyle();
    style = ImGuiStyle();
    style.WindowPadding = {8, 6};
    style.ItemSpacing = {8, 4};
    style.WindowRounding = 4;
    style.WindowBorderSize = 0;
    style.AntiAliasedLinesUseTex = false;
    style.Colors[ImGuiCol_WindowBg] = kBack;
    style.Colors[ImGuiCol_Text] = kWhite;
    style.Colors[ImGuiCol_Separator] = kRule;
    style.ScaleAllSizes(ratio);
}

struct Cell {
    std::string text;
    ImVec4 colour = kWhite;
};

/// Rows under a heading: names on the left, the rest in columns on the right.
struct Section {
    const char* heading;
    std::vector<std::vector<Cell>> rows;

    void add(std::string name, std::string value) { rows.push_back({{std::move(name), kSecond}, {std::move(value)}}); }
};

Section viewOf(const HudState& state) {
    Section section{"view", {}};
    if (!state.device.empty()) section.add("device", state.device);
    if (state.zoom > 0) section.add("zoom", percent(state.zoom));
    if (state.frameSeconds > 0) section.add("frame", duration(state.frameSeconds));
    return section;
}

Section pixelOf(const HudState& state) {
    Section section{"pixel", {}};
    for (const HudProbe& probe : state.probes) {
        auto& row = section.rows.emplace_back(std::vector<Cell>{{probe.pane, kSecond}, {std::to_string(probe.x) + ", " + std::to_string(probe.y)}});
        for (const std::string& value : probe.values) row.push_back({withTrueMinus(value)});
    }
    return section;
}

Section stagesOf(const HudState& state) {
    Section section{"stages", {}};
    double total = 0;
    for (const HudStage& stage : state.stages) {
        section.rows.push_back({{stage.name, kSecond}, stage.cached ? Cell{"cached", kSecond} : Cell{duration(stage.seconds)}});
        if (!stage.cached) total += stage.seconds;
    }
    if (state.stages.size() > 1) section.add("total", duration(total));
    return section;
}

Section memoryOf(const HudMemory& memory) {
    Section section{"memory", {}};
    if (memory.cacheBudget > 0) section.add("stage cache", bytes(memory.cacheBytes) + " of " + bytes(memory.cacheBudget));
    if (memory.residentBytes > 0) section.add("process", bytes(memory.residentBytes));
    if (memory.textures > 0) {
        section.add(std::to_string(memory.textures) + (memory.textures == 1 ? " texture" : " textures"), bytes(memory.textureBytes));
        section.add("uploads", std::to_string(memory.uploads));
    }
    return section;
}

float widthOf(const Cell& cell) {
    return ImGui::CalcTextSize(cell.text.data(), cell.text.data() + cell.text.size()).x;
}

std::vector<float> columnsOf(const Section& section) {
    std::vector<float> widths;
    for (const auto& row : section.rows) {
        widths.resize(std::max(widths.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], widthOf(row[i]));
    }
    return widths;
}

float sum(const std::vector<float>& widths, float gap) {
    return widths.empty() ? 0 : std::accumulate(widths.begin(), widths.end(), gap * static_cast<float>(widths.size() - 1));
}

/// A triangle that points down while the figures are there, at them.
void drawFoldMark(ImVec2 corner, float side, bool folded, const ImVec4& colour) {
    const ImU32 fill = ImGui::GetColorU32(colour);
    const float x = corner.x, y = corner.y, half = side / 2;
    if (folded) {
        ImGui::GetWindowDrawList()->AddTriangleFilled({x + side, y - half}, {x + half, y}, {x + side, y + half}, fill);
    } else {
        ImGui::GetWindowDrawList()->AddTriangleFilled({x, y - half / 2}, {x + side, y - half / 2}, {x + half, y + half / 2}, fill);
    }
}

/// True if it was clicked.
bool drawHeading(const char* text, bool first, bool folded, float width, float ratio) {
    if (!first) ImGui::Separator();
    ImGui::PushFont(ImGui::GetIO().Fonts->Fonts[1]);
    const ImVec2 at = ImGui::GetCursorPos(), onScreen = ImGui::GetCursorScreenPos();
    const float height = ImGui::GetTextLineHeight();
    const bool clicked = ImGui::InvisibleButton(text, {std::max(1.0F, width), height});
    const ImVec4 colour = ImGui::IsItemHovered() ? kWhite : kSecond;
    ImGui::SetCursorPos(at);
    ImGui::PushStyleColor(ImGuiCol_Text, colour);
    ImGui::TextUnformatted(text);
    ImGui::PopStyleColor();
    ImGui::PopFont();
    const float side = kFoldMark * ratio;
    drawFoldMark({onScreen.x + width - side, onScreen.y + height / 2}, side, folded, colour);
    return clicked;
}

void drawRows(const Section& section, float width, float gap) {
    const std::vector<float> widths = columnsOf(section);
    const float start = ImGui::GetCursorPosX();
    for (const auto& row : section.rows) {
        float end = start + width - sum(widths, gap) + widths.front();  // right edge of the column
        for (std::size_t i = 0; i < row.size(); ++i) {
            if (i > 0) {
                end += gap + widths[i];
                ImGui::SameLine();
            }
            ImGui::SetCursorPosX(i == 0 ? start : end - widthOf(row[i]));
            ImGui::PushStyleColor(ImGuiCol_Text, row[i].colour);
            ImGui::TextUnformatted(row[i].text.data(), row[i].text.data() + row[i].text.size());
            ImGui::PopStyleColor();
        }
    }
}

/// Lays the figures out; where they lie.
HudArea lay(const std::vector<Section>& sections, std::set<std::string>& folded, float ratio, const HudPlace& place) {
    const float gap = kColumnGap * ratio;
    float width = 0;
    for (const Section& section : sections) width = std::max(width, sum(columnsOf(section), gap));
    ImGui::SetNextWindowPos({place.left + place.margin * ratio, place.margin * ratio});
    constexpr ImGuiWindowFlags kFlags = ImGuiWindowFlags_NoDecoration | ImGuiWindowFlags_NoMove | ImGuiWindowFlags_NoNav |
                                        ImGuiWindowFlags_AlwaysAutoResize | ImGuiWindowFlags_NoSavedSettings | ImGuiWindowFlags_NoFocusOnAppearing;
    ImGui::Begin("hud", nullptr, kFlags);
    for (const Section& section : sections) {
        const bool closed = folded.contains(section.heading);
        if (drawHeading(section.heading, &section == &sections.front(), closed, width, ratio)) {
            if (closed) {
                folded.erase(section.heading);
            } else {
                folded.insert(section.heading);
            }
        }
        if (!folded.contains(section.heading)) drawRows(section, width, gap);
    }
    const ImVec2 at = ImGui::GetWindowPos(), size = ImGui::GetWindowSize();
    ImGui::End();
    return {at.x, at.y, size.x, size.y};
}

/// Dear ImGui sends its letters to the device as if nobody had ever told how rows are laid out, and stays with its own way.
class UnpackState {
public:
    UnpackState() {
        for (std::size_t i = 0; i < kNames.size(); ++i) {
            glGetIntegerv(kNames[i], &m_values[i]);
            glPixelStorei(kNames[i], kNames[i] == GL_UNPACK_ALIGNMENT ? 4 : 0);
        }
        glGetIntegerv(GL_PIXEL_UNPACK_BUFFER_BINDING, &m_buffer);
        glBindBuffer(GL_PIXEL_UNPACK_BUFFER, 0);
    }
    ~UnpackState() {
        for (std::size_t i = 0; i < kNames.size(); ++i) glPixelStorei(kNames[i], m_values[i]);
        glBindBuffer(GL_PIXEL_UNPACK_BUFFER, static_cast<GLuint>(m_buffer));
    }
    UnpackState(const UnpackState&) = delete;
    UnpackState& operator=(const UnpackState&) = delete;

private:
    static constexpr std::array<GLenum, 4> kNames = {GL_UNPACK_ALIGNMENT, GL_UNPACK_ROW_LENGTH, GL_UNPACK_SKIP_PIXELS, GL_UNPACK_SKIP_ROWS};
    std::array<GLint, 4> m_values{};
    GLint m_buffer = 0;
};

}  // namespace

struct Hud::Private {
    std::vector<unsigned char> face;
    ImGuiContext* context = nullptr;
    float pixelRatio = 0;  ///< that the atlas was made for
    std::set<std::string> folded;

    void makeAtlas(float ratio);
    void abandon();
};

Hud::Hud() : d(std::make_unique<Private>()) {}

Hud::~Hud() {
    d->abandon();
}

/// The OpenGL context is gone, and all that lived in it.
void Hud::Private::abandon() {
    if (!context) return;
    ImGuiContext* const ours = std::exchange(context, nullptr);
    {
        const Borrowed borrowed(ours);
        ImGui::MemFree(std::exchange(ImGui::GetIO().BackendRendererUserData, nullptr));
    }
    ImGui::DestroyContext(ours);
}

std::string Hud::initialise(std::vector<unsigned char> fontData) {
    d->abandon();
    if (!isTrueTypeFace(fontData)) return "the font for the HUD is no TrueType face; give another file";
    d->face = std::move(fontData);
    d->pixelRatio = 0;
    ImGuiContext* const before = ImGui::GetCurrentContext();
    d->context = ImGui::CreateContext();  // becomes current if none was
    ImGui::SetCurrentContext(before);
    const Borrowed borrowed(d->context);
    ImGuiIO& io = ImGui::GetIO();
    io.IniFilename = nullptr;
    io.LogFilename = nullptr;
    io.ConfigFlags = ImGuiConfigFlags_NoMouseCursorChange;
    if (ImGui_ImplOpenGL3_Init("#version 330 core")) return {};
    d->abandon();
    return "the HUD needs OpenGL 3.3; update the graphics driver";
}

bool Hud::initialised() const {
    return d->context != nullptr;
}

void Hud::release() {
    if (!d->context) return;
    {
        const Borrowed borrowed(d->context);
        ImGui_ImplOpenGL3_Shutdown();
    }
    ImGui::DestroyContext(std::exchange(d->context, nullptr));
}

void Hud::Private::makeAtlas(float ratio) {
    const UnpackState unpack;
    fillAtlas(*ImGui::GetIO().Fonts, face, ratio);
    applyStyle(ratio);
    pixelRatio = ratio;
    ImGui_ImplOpenGL3_DestroyFontsTexture();
    ImGui_ImplOpenGL3_NewFrame();  // makes whatever it misses; only the letters, where they are all
    ImGui_ImplOpenGL3_CreateFontsTexture();
}

HudArea Hud::draw(const HudState& state, int width, int height, float pixelRatio, const HudPlace& place) {
    if (!d->context || width <= 0 || height <= 0) return {};
    const Borrowed borrowed(d->context);
    if (pixelRatio != d->pixelRatio) d->makeAtlas(pixelRatio);
    ImGuiIO& io = ImGui::GetIO();
    io.DisplaySize = {static_cast<float>(width), static_cast<float>(height)};
    io.DeltaTime = 1.0F / 60;
    const HudPointer& pointer = place.pointer;
    io.MousePos = pointer.x < 0 || pointer.y < 0 ? ImVec2(-FLT_MAX, -FLT_MAX) : ImVec2(pointer.x, pointer.y);
    io.MouseDown[0] = pointer.down;
    std::vector<Section> sections{viewOf(state), pixelOf(state), stagesOf(state), memoryOf(state.memory)};
    std::erase_if(sections, [](const Section& section) { return section.rows.empty(); });
    if (sections.empty()) return {};
    // A frame must be right at once, the next may not come for long: the first pass measures the window, the second is drawn.
    ImGui::NewFrame();
    lay(sections, d->folded, pixelRatio, place);
    ImGui::EndFrame();
    ImGui::NewFrame();
    const HudArea area = lay(sections, d->folded, pixelRatio, place);
    ImGui::Render();
    ImGui_ImplOpenGL3_RenderDrawData(ImGui::GetDrawData());
    return area;
}

}  // namespace tessera::overlay
