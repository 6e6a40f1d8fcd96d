// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace tessera::overlay {

/// What one pane holds under the cursor.
struct HudProbe {
    std::string pane;                 ///< "input", "mini-autoencoder · difference"
    int x = 0, y = 0;                 ///< pixel of that pane's picture
    std::vector<std::string> values;  ///< as they are to be read: canvas/value_lines.h writes them
};

struct HudStage {
    std::string name;
    double seconds = 0;
    bool cached = false;
};

struct HudMemory {
    std::size_t cacheBytes = 0, cacheBudget = 0;  ///< of the engine's stage cache
    std::size_t residentBytes = 0;                ///< overlay/resident_memory.h
    std::size_t textures = 0, textureBytes = 0;   ///< on the graphics device
    std::uint64_t uploads = 0;                    ///< pictures sent there
};

/// All that the HUD shows. Parts that are empty or 0 are left out.
struct HudState {
    std::string device;       ///< "cpu · fp32"
    double zoom = 0;          ///< device pixels per pixel
    double frameSeconds = 0;  ///< the last frame's drawing
    std::vector<HudProbe> probes;
    std::vector<HudStage> stages;
    HudMemory memory;
};

/// Rectangle in device pixels, top left origin.
struct HudArea {
    float x = 0, y = 0, width = 0, height = 0;
};

/// A hand over the HUD, in device pixels of what it is drawn on.
struct HudPointer {
    float x = -1, y = -1;  ///< below 0: elsewhere
    bool down = false;
};

/// Where the HUD is drawn, in device pixels from the top left.
struct HudPlace {
    float left = 0;    ///< stays free
    float margin = 8;  ///< logical pixels round the HUD
    HudPointer pointer;
};

/// Figures over the canvas, drawn with Dear ImGui into the bound framebuffer of the current OpenGL 3 context. A click on a heading folds its figures away.
/// One context at a time; a Dear ImGui context of the program's own is left as it is.
class Hud {
public:
    Hud();
    ~Hud();

    /// With the context current. `fontData` is a TrueType face. Returns what went wrong, empty if nothing.
    std::string initialise(std::vector<unsigned char> fontData);
    bool initialised() const;
    /// Frees GL objects; with the context current.
    void release();

    /// Draws over what the framebuffer of that size in device pixels holds, and leaves GL as it was.
    /// Returns the area it covered; outside of it nothing changed. Draws nothing before initialise().
    HudArea draw(const HudState& state, int width, int height, float pixelRatio, const HudPlace& place = {});

private:
    struct Private;
    std::unique_ptr<Private> d;
};

}  // namespace tessera::overlay
