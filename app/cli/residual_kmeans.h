// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

namespace tessera::cli {

/// How residual codebooks are fitted.
struct KMeansOptions {
    int depths = 8;
    int codewords = 1024;
    int iterations = 25;
    std::uint64_t seed = 0;
    int threads = 1;
};

/// Codebooks of a residual quantizer, and how well they do.
struct ResidualCodebooks {
    std::vector<float> codewords;       ///< [depths, codewords, dim]
    std::vector<double> residualShare;  ///< mean square left after each depth, of the vectors' own mean square
    std::vector<double> perplexity;     ///< of each depth's codes over the vectors; `codewords` where all are used alike
};

/// Lloyd's k-means at each depth on what the depths before it left of `vectors` [N, dim]; a codeword that nothing is nearest to moves to a vector
/// that is served badly. Codewords are rounded to 16-bit floats before the next depth looks at what is left: files hold them so. N >= codewords.
/// The same seed gives the same codebooks on any number of threads. `progress` is called with 0..1 between steps; false stops with what is there so far.
ResidualCodebooks fitResidualCodebooks(std::vector<float> vectors, int dim, const KMeansOptions& options, const std::function<bool(double)>& progress);

}  // namespace tessera::cli
