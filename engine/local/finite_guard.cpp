// SPDX-License-Identifier: Apache-2.0
#include "local/finite_guard.h"

#include <algorithm>

namespace tessera {
namespace {

void addNotes(const DeviceLane& done, std::vector<Note>& notes) {
    for (const std::string& text : done.notes()) {
        if (std::ranges::find(notes, text, &Note::text) == notes.end()) notes.push_back({Note::Kind::Warning, text});
    }
}

}  // namespace

TensorsByName guarded(DeviceLane lane, const std::string& stage, Precision& precision, std::vector<Note>& notes,
                      const std::function<TensorsByName(DeviceLane&)>& compute) {
    const auto finite = [](const TensorsByName& tensors) {
        return std::ranges::all_of(tensors, [](const auto& entry) { return allFinite(entry.second); });
    };
    TensorsByName result = compute(lane);
    addNotes(lane, notes);
    precision = lane.precision();
    if (finite(result)) return result;
    if (lane.precision() != Precision::Fp32) {
        notes.push_back({Note::Kind::Warning, "NaN or infinity in " + nameOf(lane.precision()) + ", " + stage + " re-run in fp32"});
        DeviceLane exact = lane.in(Precision::Fp32);
        result = compute(exact);
        addNotes(exact, notes);
        precision = Precision::Fp32;
        if (finite(result)) return result;
    }
    notes.push_back({Note::Kind::Warning, "the " + stage + " gave NaN or infinity in fp32"});
    return result;
}

TensorsByName guarded(const OpenModel& open, DeviceLane lane, const std::string& stage, std::string& precision, std::vector<Note>& notes,
                      const std::function<TensorsByName(DeviceLane&)>& compute) {
    if (open.recorded) {
        TensorsByName result = compute(lane);
        addNotes(lane, notes);
        precision = open.info.precision;
        return result;
    }
    Precision used = lane.precision();
    TensorsByName result = guarded(lane, stage, used, notes, compute);
    precision = nameOf(used);
    return result;
}

}  // namespace tessera
