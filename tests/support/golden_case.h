// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <filesystem>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include <tessera/tensor.h>

namespace tessera::test {

/// How far a tensor may be off: |a - r| <= absolute + relative * |r|. Integers are exact.
struct Tolerance {
    double absolute = 1e-4, relative = 1e-3;
};

/// A recorded run of a reference implementation: a folder of tests/golden with model/, reference.safetensors and case.json.
class GoldenCase {
public:
    explicit GoldenCase(std::filesystem::path folder);

    std::string name() const;  ///< "autoencoder_kl/flux_ae_bfl"
    std::filesystem::path model() const { return m_folder / "model"; }
    std::filesystem::path referenceFile() const { return m_folder / "reference.safetensors"; }
    /// The tensors whose names start with `prefix`, "in." or "out."; the recorded run has no other prefixes than these.
    TensorMap tensors(const std::string& prefix) const;
    Tolerance toleranceOf(const std::string& tensor) const;

private:
    std::filesystem::path m_folder;
    Tolerance m_tolerance;
    std::map<std::string, Tolerance> m_overrides;
};

/// Cases below tests/golden/<family>, by name.
std::vector<GoldenCase> goldenCases(const std::string& family);
/// For INSTANTIATE_TEST_SUITE_P.
std::string testName(const GoldenCase& golden);
std::ostream& operator<<(std::ostream& stream, const GoldenCase& golden);

/// Values of a float32, float16, bfloat16 or integer tensor.
std::vector<double> valuesOf(const HostTensor& tensor);
HostTensor float32Tensor(std::vector<std::int64_t> shape, const std::vector<float>& values);

/// Empty if `actual` is what was recorded, else what is wrong: shape, or the worst element with both values and how many are off.
std::string mismatch(const HostTensor& recorded, const HostTensor& actual, Tolerance tolerance);
/// One line per recorded tensor that `actual` lacks or that is off; empty if all hold.
std::string mismatches(const GoldenCase& golden, const TensorMap& actual);

}  // namespace tessera::test
