// SPDX-License-Identifier: Apache-2.0
#include "train/run_folder.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <set>

#include <nlohmann/json.hpp>
#include <tessera/files.h>

#include "checkpoint/safetensors.h"
#include "core/error.h"
#include "device/torch_bridge.h"
#include "train/new_model.h"

namespace tessera::train {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr const char* kCheckpoint = "checkpoint.safetensors";

void throwIf(const std::optional<Error>& failure) {
    if (failure) throw Failure(*failure);
}

std::string number(double value) {
    char text[32];
    std::snprintf(text, sizeof text, "%.9g", value);
    return text;
}

/// As a file keeps it; numbers that float16 cannot hold stay as they are.
HostTensor stored(const at::Tensor& tensor, bool half) {
    if (!half || !tensor.is_floating_point()) return hostFromTensor(tensor);
    const at::Tensor small = tensor.to(at::kHalf);
    return hostFromTensor(small.isfinite().all().item<bool>() ? small : tensor);
}

}  // namespace

RunFolder::RunFolder(fs::path path, const RecipeFile& recipe, bool resume) : m_path(std::move(path)), m_recipeHash(recipe.hash), m_recipeName(recipe.recipe), m_seed(recipe.seed), m_half(recipe.storedInHalf) {
    std::error_code failed;
    fs::create_directories(m_path, failed);
    if (failed) throw Failure(ErrorCode::Unreadable, "the folder of the run cannot be made: " + failed.message(), m_path.string(), "choose another one");
    m_lock.emplace(m_path);
    if (!resume && (hasCheckpoint() || fs::exists(m_path / "log.csv"))) throw Failure(ErrorCode::Invalid, "a run lies there already", m_path.string(), "resume it, or choose another folder");
    if (resume && !hasCheckpoint()) throw Failure(ErrorCode::NotFound, "there is nothing to resume: no checkpoint was written", m_path.string(), "start the run");
    const std::string file = fs::absolute(recipe.file).lexically_normal().string();
    m_recipeText = json{{"recipe", recipe.recipe}, {"name", recipe.name}, {"seed", recipe.seed}, {"hash", recipe.hash}, {"steps", recipe.steps}, {"smoke", recipe.smoke}, {"file", file}, {"settings", recipe.settings}}.dump(2) + '\n';
    if (!resume) writeRecipe();
}

RunFolder::Lock::Lock(const fs::path& folder) : m_file(open((folder / "run.lock").c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0666)) {
    if (m_file < 0) throw Failure(ErrorCode::Unreadable, std::string("the folder of the run cannot be written: ") + std::strerror(errno), folder.string(), "choose another one");
    struct flock whole {};
    whole.l_type = F_WRLCK;
    whole.l_whence = SEEK_SET;
    // Where the file system knows no locks there is nothing to hold.
    if (fcntl(m_file, F_SETLK, &whole) == 0 || (errno != EACCES && errno != EAGAIN)) return;
    close(m_file);
    throw Failure(ErrorCode::Invalid, "another process is training there", folder.string(), "wait until it ends, or choose another folder");
}

RunFolder::Lock::~Lock() { close(m_file); }

void RunFolder::writeRecipe() const { throwIf(writeTextFile((m_path / "recipe.json").string(), m_recipeText)); }

void RunFolder::log(const TrainStep& step) {
    const fs::path path = m_path / "log.csv";
    std::error_code ignored;
    const bool begins = !fs::exists(path, ignored);
    std::ofstream file(path, std::ios::app);
    if (begins) file << "step,rate,gradient_norm,seconds_per_step,name,value\n";
    for (const auto& [name, value] : step.losses) file << step.step << ',' << number(step.rate) << ',' << number(step.gradientNorm) << ',' << number(step.secondsPerStep) << ',' << name << ',' << number(value) << '\n';
    if (!file.flush()) throw Failure(ErrorCode::Unreadable, "the log of the run cannot be written", path.string(), "free space where it lies");
}

bool RunFolder::hasCheckpoint() const {
    std::error_code ignored;
    return fs::exists(m_path / kCheckpoint, ignored);
}

void RunFolder::writeCheckpoint(const TensorsByName& tensors, std::int64_t step) const {
    TensorMap host;
    for (const auto& [name, tensor] : tensors) host[name] = hostFromTensor(tensor.detach().contiguous());
    writeSafetensors(m_path / kCheckpoint, host, origin(step));
}

TensorsByName RunFolder::readCheckpoint(std::int64_t& step) const {
    const fs::path path = m_path / kCheckpoint;
    const SafetensorsFile file = readSafetensors(path);
    const auto word = [&](const char* key) {
        const auto found = file.metadata.find(key);
        if (found == file.metadata.end()) throw Failure(ErrorCode::Invalid, "this is no checkpoint of a run: it does not say its " + std::string(key), path.string(), "start the run anew in another folder");
        return found->second;
    };
    if (word("recipe_hash") != m_recipeHash) throw Failure(ErrorCode::Mismatch, "the run was begun with another recipe", path.string(), "resume it with the recipe as it was, or start anew in another folder");
    step = std::stoll(word("step"));
    writeRecipe();  // its file may lie elsewhere now
    TensorsByName tensors;
    for (const auto& [name, stored] : file.tensors) tensors[name] = tensorFromStored(stored).clone();
    return tensors;
}

std::map<std::string, std::string> RunFolder::origin(std::int64_t step) const {
    return {{"recipe", m_recipeName}, {"recipe_hash", m_recipeHash}, {"data_hash", m_dataHash}, {"seed", std::to_string(m_seed)}, {"step", std::to_string(step)}};
}

fs::path RunFolder::writeModel(const Parameters& parameters, const TensorsByName& weights, const fs::path& start, std::int64_t step) const {
    const fs::path target = m_path / "model";
    std::set<fs::path> written;
    for (const auto& [prefix, component] : parameters.components()) {
        const bool trained = std::ranges::any_of(component.tensors, [&, &at = prefix](const auto& tensor) { return weights.contains(at + tensor.first); });
        if (!trained && !component.measured) continue;  // a frozen part's files are copied as they are
        fs::path inside = fs::path(component.where).is_absolute() ? fs::path(component.where).lexically_relative(fs::absolute(start).lexically_normal()) : fs::path(component.where);
        if (inside.empty() || *inside.begin() == "..") continue;  // of a part that lies elsewhere, and is not trained
        TensorMap host;
        for (const auto& [name, tensor] : component.tensors) {
            const auto averaged = weights.find(prefix + name);
            host[name] = stored((averaged == weights.end() ? tensor : averaged->second).detach().contiguous(), m_half);
        }
        written.insert(inside);
        if (inside.extension() != ".safetensors") inside.replace_extension(".safetensors");
        std::error_code failed;
        fs::create_directories((target / inside).parent_path(), failed);
        std::map<std::string, std::string> words = origin(step);
        words["format"] = "pt";
        writeSafetensors(target / inside, host, words);
    }
    for (const auto& entry : fs::recursive_directory_iterator(start)) {
        const fs::path inside = entry.path().lexically_relative(start);
        std::error_code failed;
        if (entry.is_directory()) fs::create_directories(target / inside, failed);
        else if (!written.contains(inside)) fs::copy_file(entry.path(), target / inside, fs::copy_options::overwrite_existing, failed);
        if (failed) throw Failure(ErrorCode::Unreadable, "the model cannot be written: " + failed.message(), (target / inside).string(), "free space where it lies");
    }
    forgetWeightsElsewhere(target);
    return target;
}

void RunFolder::writeSamples(const Image& image, std::int64_t step) const {
    std::error_code ignored;
    fs::create_directories(m_path / "samples", ignored);
    char name[48];
    std::snprintf(name, sizeof name, "step-%07lld.png", static_cast<long long>(step));
    throwIf(writePngFile((m_path / "samples" / name).string(), image));
}

json RunFolder::curves() const {
    json curves = json::object();
    std::ifstream file(m_path / "log.csv");
    for (std::string line; std::getline(file, line);) {
        const std::size_t value = line.rfind(','), name = line.rfind(',', value - 1);
        if (value == std::string::npos || name == std::string::npos) continue;
        const std::string what = line.substr(name + 1, value - name - 1);
        if (what == "total" || what.starts_with("held_out.")) curves[what].push_back({std::stoll(line), std::strtod(line.c_str() + value + 1, nullptr)});
    }
    return curves;
}

void RunFolder::writeReport(const TrainReport& report) const {
    throwIf(writeTextFile((m_path / "report.json").string(), json{{"recipe", m_recipeName}, {"recipe_hash", m_recipeHash}, {"data_hash", m_dataHash}, {"seed", m_seed}, {"step", report.step}, {"steps", report.steps}, {"finished", report.finished}, {"model", report.model}, {"held_out", report.heldOut}, {"curves", curves()}}.dump(2) + '\n'));
}

}  // namespace tessera::train
