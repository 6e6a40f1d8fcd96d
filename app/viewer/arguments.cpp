// SPDX-License-Identifier: Apache-2.0
#include "arguments.h"

#include <algorithm>
#include <cctype>
#include <charconv>
#include <map>

#include <CLI/CLI.hpp>
#include <tessera/model_reference.h>

namespace tessera::viewer {
namespace {

/// "640x480", "1.5,0.5,0.25": numbers between one separator. Nothing if it is anything else.
std::vector<double> numbersOf(const std::string& text, char separator) {
    std::vector<double> numbers;
    for (const char *at = text.data(), *end = at + text.size(); at <= end;) {
        double number = 0;
        const auto [next, error] = std::from_chars(at, end, number);
        if (error != std::errc() || (next != end && *next != separator)) return {};
        numbers.push_back(number);
        at = next + 1;
    }
    return numbers;
}

bool isPngName(const std::string& path) {
    std::string ending = path.substr(path.size() - std::min<std::size_t>(path.size(), 4));
    std::ranges::transform(ending, ending.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return ending == ".png";
}

EndAtOnce refused(const std::string& what) {
    return {"tessera-viewer: " + what + ": see tessera-viewer --help\n", 2};
}

std::string deviceTrouble(const std::string& name) {
    const bool card = name.starts_with("cuda:") && name.size() > 5 && name.find_first_not_of("0123456789", 5) == std::string::npos;
    return name == "auto" || name == "cpu" || name == "cuda" || card ? std::string() : "no such device: " + name;
}

/// What CLI11 reads as text and we make numbers of.
struct Texts {
    std::vector<std::string> models;
    Precision precision = Precision::Auto;
    std::string size, view, compare;
};

void declare(CLI::App& app, Arguments& wanted, Texts& texts) {
    app.option_defaults()->always_capture_default(false);
    app.set_version_flag("--version", "tessera-viewer " TESSERA_VERSION);
    app.add_option("image", wanted.images, "Pictures to look at; more can be dropped on the window");
    app.add_option("--model", texts.models, "Embedded model's name, or a checkpoint's file or folder, with @PRECISION after it where --precision is not meant; a column group each")
        ->allow_extra_args(false);
    app.add_option("--lens", wanted.lenses, "What to look at: NAME[:PARAM=VALUE,...], a column each; tessera render --help lists them")->allow_extra_args(false);
    app.add_option("--device", wanted.engine.device, "Where to compute: auto, cpu, cuda or cuda:N")->default_str("auto")->check(deviceTrouble);
    const std::map<std::string, Precision> precisions{{"auto", Precision::Auto}, {"fp32", Precision::Fp32}, {"bf16", Precision::Bf16}, {"fp16", Precision::Fp16}};
    app.add_option("--precision", texts.precision, "auto, fp32, bf16 or fp16; auto is bf16 where the device is fast at it")
        ->transform(CLI::CheckedTransformer(precisions).description(""));
    app.add_option("--threads", wanted.engine.cpuThreads, "CPU threads; 0 uses all cores")->check(CLI::Range(0, 1024));
    app.add_option("--size", texts.size, "Size of the window: WIDTHxHEIGHT")->default_str("1280x800");
    app.add_option("--view", texts.view, "Where to look: ZOOM,X,Y with 1 for 100 % and the centre as shares of the picture, 0 to 1");
    app.add_option("--compare", texts.compare, "Every picture with the reference: wipe, onion or difference, with :SHARE (0 to 1) for the line or the opacity");
    app.add_flag_callback("--no-panel", [&wanted] { wanted.panel = false; }, "Without the panel at the side (Tab brings it)");
    app.add_flag("--hud", wanted.hud, "With figures over the pictures (F12)");
    app.add_option("--screenshot", wanted.screenshot, "Write the window as PNG once everything is answered, and end");
    app.footer(
        "Keys: wheel and drag zoom and pan all panes, F fit, 1 100 %, W wipe, O onion skin, D difference, M its kind, N its range, Space (hold) the\n"
        "reference, right click makes a pane's column the reference, Enter or double click one picture, Page Up and Down the next picture,\n"
        "E and Shift+E exposure, G pixel grid, P pixel values, R reset, Tab panel, F12 figures, Q quit.");
}

/// Fills in what was text. Empty if all of it could be read.
std::optional<EndAtOnce> readTexts(const Texts& texts, Arguments& wanted) {
    for (const std::string& model : texts.models) wanted.models.push_back(parsedModelRequest(model, texts.precision));
    if (wanted.models.empty()) wanted.models.push_back({.reference = {}, .precision = texts.precision});
    if (!texts.size.empty()) {
        const auto numbers = numbersOf(texts.size, 'x');
        if (numbers.size() != 2 || !(numbers[0] >= 64 && numbers[0] <= 16384 && numbers[1] >= 64 && numbers[1] <= 16384)) {
            return refused("--size is WIDTHxHEIGHT, 64 to 16384 each, not \"" + texts.size + "\"");
        }
        wanted.width = static_cast<int>(numbers[0]);
        wanted.height = static_cast<int>(numbers[1]);
    }
    if (!texts.view.empty()) {
        const auto numbers = numbersOf(texts.view, ',');
        const auto isShare = [](double number) { return number >= 0 && number <= 1; };
        if (numbers.size() != 3 || !(numbers[0] > 0) || !isShare(numbers[1]) || !isShare(numbers[2])) {
            return refused("--view is ZOOM,X,Y with a zoom above 0 and X and Y from 0 to 1, not \"" + texts.view + "\"");
        }
        wanted.view = canvas::Camera{.centreX = numbers[1], .centreY = numbers[2], .zoom = numbers[0]};
    }
    if (!texts.compare.empty()) {
        static const std::map<std::string, canvas::Compare> kWays{{"wipe", canvas::Compare::Wipe}, {"onion", canvas::Compare::Onion}, {"difference", canvas::Compare::Difference}};
        const std::size_t colon = texts.compare.find(':');
        const auto way = kWays.find(texts.compare.substr(0, colon));
        if (way == kWays.end()) return refused("--compare is wipe, onion or difference, not \"" + texts.compare + "\"");
        wanted.compare = way->second;
        if (colon != std::string::npos) {
            const auto numbers = numbersOf(texts.compare.substr(colon + 1), ':');
            if (numbers.size() != 1 || !(numbers[0] >= 0 && numbers[0] <= 1)) return refused("the share of --compare is 0 to 1, not \"" + texts.compare.substr(colon + 1) + "\"");
            wanted.share = static_cast<float>(numbers[0]);
        }
    }
    return std::nullopt;
}

}  // namespace

std::variant<Arguments, EndAtOnce> parsedArguments(int count, char** arguments) {
    Arguments wanted;
    wanted.engine.niceness = 5;  // the window keeps the processor for drawing
    Texts texts;
    CLI::App app{"Tessera viewer: pictures, models and lenses side by side, light and at once", "tessera-viewer"};
    declare(app, wanted, texts);
    try {
        app.parse(count, arguments);
    } catch (const CLI::CallForHelp&) {
        return EndAtOnce{app.help(), 0};
    } catch (const CLI::CallForVersion&) {
        return EndAtOnce{"tessera-viewer " TESSERA_VERSION "\n", 0};
    } catch (const CLI::ParseError& error) {
        return refused(error.what());
    }
    if (auto end = readTexts(texts, wanted)) return *end;
    if (!wanted.screenshot.empty() && !isPngName(wanted.screenshot)) return refused("--screenshot writes PNG: end the name in .png, not \"" + wanted.screenshot + "\"");
    if (!wanted.screenshot.empty() && wanted.images.empty()) return refused("--screenshot needs a picture to look at");
    return wanted;
}

}  // namespace tessera::viewer
