// SPDX-License-Identifier: Apache-2.0
#include "local/finite_guard.h"

#include <algorithm>

namespace tessera {

TensorsByName guarded(DeviceLane lane, const std::string& stage, Precision& precision, std::vector<Note>& notes,
                      const std::function<TensorsByName(DeviceLane&)>& compute) {
    const auto finite = [](const TensorsByName& tensors) {
        return std::ranges::all_of(tensors, [](const auto& entry) { return allFinite(entry.second); });
    };
    const auto addNotesOf = [&](const DeviceLane& done) {
        for (const std::string& text : done.notes()) {
            if (std::ranges::find(notes, text, &Note::text) == notes.end()) notes.push_back({Note::Kind::Warning, text});
        }
    };
    TensorsByName result = compute(lane);
    addNotesOf(lane);
    precision = lane.precision();
    if (finite(result)) return result;
    if (lane.precision() != Precision::Fp32) {
        notes.push_back({Note::Kind::Warning, "NaN or infinity in " + nameOf(lane.precision()) + ", " + stage + " re-run in fp32"});
        DeviceLane exact = lane.in(Precision::Fp32);
        result = compute(exact);
        addNotesOf(exact);
        precision = Precision::Fp32;
        if (finite(result)) return result;
    }
    notes.push_back({Note::Kind::Warning, "the " + stage + " gave NaN or infinity in fp32"});
    return result;
}

}  // namespace tessera
