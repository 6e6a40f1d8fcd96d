// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <vector>

#include <nlohmann/json_fwd.hpp>
#include <tessera/evaluation.h>

/// What `tessera evaluate` found, as a table's lines, as JSON and as a page of text.
namespace tessera::cli {

/// "image,model,precision,width,height," then the columns, then "name,name_rank,likeliest,problem", with a line end.
std::string evaluationHeader(const std::vector<std::string>& columns);
std::string evaluationLine(const EvaluationRow& row, const std::string& model, const std::vector<std::string>& columns);
/// A line for every model and figure: "model,precision,measure,mean,standard_error,count".
std::string evaluationSummary(const EvaluationRequest& request, const EvaluationReport& report);

nlohmann::json toJson(const EvaluationRow& row, const std::string& model);
nlohmann::json toJson(const EvaluationRequest& request, const EvaluationReport& report);
/// A line per model, then what is told of its depths, noise and latents.
void printEvaluation(const EvaluationRequest& request, const EvaluationReport& report);

}  // namespace tessera::cli
