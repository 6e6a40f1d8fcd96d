// SPDX-License-Identifier: Apache-2.0
#include "keys.h"

#include <algorithm>
#include <cctype>

#define GLFW_INCLUDE_NONE
#include <GLFW/glfw3.h>

#include "canvas/histogram.h"

namespace tessera::viewer {
namespace {

using canvas::Compare;

constexpr float kPanStep = 64;       // device pixels
constexpr double kZoomStep = 1.25;
constexpr float kExposureStep = 0.5F;

void toggle(Sight& sight, Compare compare) {
    sight.compare = sight.compare == compare ? Compare::None : compare;
}

void nextKind(Sight& sight) {
    sight.difference = sight.difference == FieldMapping::Absolute ? FieldMapping::Signed
                       : sight.difference == FieldMapping::Signed ? FieldMapping::Squared
                                                                  : FieldMapping::Absolute;
    sight.differenceHigh.reset();
}

/// Round the middle of the first pane.
void zoom(Sight& sight, const canvas::Canvas& canvas, double factor) {
    if (canvas.panes().empty()) return;
    const canvas::Rect& body = canvas.panes().front().body;
    sight.camera = canvas.zoomedAt(body.x + body.width / 2, body.y + body.height / 2, factor);
}

void reset(Sight& sight) {
    sight.camera = {};
    sight.exposureStops = 0;
    sight.gain = 1;
    sight.logarithmic = sight.clipping = false;
    sight.brush.reset();
    sight.differenceHigh.reset();
}

}  // namespace

int letterOf(int key, int scancode) {
    const char* name = key >= GLFW_KEY_A && key <= GLFW_KEY_Z ? glfwGetKeyName(key, scancode) : nullptr;
    if (!name || name[1] != '\0' || !std::isalpha(static_cast<unsigned char>(name[0]))) return key;
    return GLFW_KEY_A + std::toupper(static_cast<unsigned char>(name[0])) - 'A';
}

void normaliseDifference(Sight& sight, const canvas::Canvas& canvas) {
    float high = 0;
    for (const canvas::Pane& pane : canvas.panes()) {
        if (pane.picture && pane.other) high = std::max(high, canvas::differenceRangeOf(pane).second);
    }
    if (high > 0) sight.differenceHigh = sight.differenceHigh ? std::nullopt : std::optional(high);
}

void changeSight(Sight& sight, const canvas::Canvas& canvas, int key, bool shift, std::size_t images) {
    const std::size_t last = images > 0 ? images - 1 : 0;
    switch (key) {
        case GLFW_KEY_F: sight.camera = {}; break;
        case GLFW_KEY_1: sight.camera = canvas.zoomedTo(1); break;
        case GLFW_KEY_EQUAL:
        case GLFW_KEY_KP_ADD: zoom(sight, canvas, kZoomStep); break;
        case GLFW_KEY_MINUS:
        case GLFW_KEY_KP_SUBTRACT: zoom(sight, canvas, 1 / kZoomStep); break;
        case GLFW_KEY_H:
        case GLFW_KEY_LEFT: sight.camera = canvas.movedBy(kPanStep, 0); break;
        case GLFW_KEY_L:
        case GLFW_KEY_RIGHT: sight.camera = canvas.movedBy(-kPanStep, 0); break;
        case GLFW_KEY_K:
        case GLFW_KEY_UP: sight.camera = canvas.movedBy(0, kPanStep); break;
        case GLFW_KEY_J:
        case GLFW_KEY_DOWN: sight.camera = canvas.movedBy(0, -kPanStep); break;
        case GLFW_KEY_W: toggle(sight, Compare::Wipe); break;
        case GLFW_KEY_O: toggle(sight, Compare::Onion); break;
        case GLFW_KEY_D: toggle(sight, Compare::Difference); break;
        case GLFW_KEY_S: sight.compare = Compare::None; break;
        case GLFW_KEY_M: nextKind(sight); break;
        case GLFW_KEY_E: sight.exposureStops += shift ? -kExposureStep : kExposureStep; break;
        case GLFW_KEY_G: sight.grid = !sight.grid; break;
        case GLFW_KEY_P: sight.values = !sight.values; break;
        case GLFW_KEY_R: reset(sight); break;
        case GLFW_KEY_PAGE_UP: sight.row = sight.row > 0 ? sight.row - 1 : 0; break;
        case GLFW_KEY_PAGE_DOWN: sight.row = std::min(sight.row + 1, last); break;
        case GLFW_KEY_HOME: sight.row = 0; break;
        case GLFW_KEY_END: sight.row = last; break;
        case GLFW_KEY_ESCAPE:
            if (sight.alone) sight.alone.reset();
            else sight.single = false;
            break;
        default: break;
    }
}

}  // namespace tessera::viewer
