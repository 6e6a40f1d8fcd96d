// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <tessera/engine.h>

namespace tessera {

/// "256" as a parameter value of the type that `spec` has, one of its choices if it has any, and in its range. What a model has fewer of is the engine's to check.
Result<Value> parsedValue(const std::string& text, const ParameterSpec& spec);

/// "difference:kind=signed,size=512" as a query without a cell; a comma in a text is written twice. The error names what no lens knows and what there is instead.
Result<Query> parsedLens(const std::string& text, const std::vector<LensInfo>& lenses);

}  // namespace tessera
