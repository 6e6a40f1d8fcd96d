// SPDX-License-Identifier: Apache-2.0
#include "train/held_out_figures.h"

#include <cmath>

namespace tessera::train {

using at::Tensor;

std::map<std::string, double> codeFigures(const Tensor& codes) {
    std::map<std::string, double> figures;
    const Tensor rows = codes.flatten(0, -2);  // [N,D]
    for (std::int64_t depth = 0; depth < rows.size(1); ++depth) {
        const Tensor counts = at::bincount(rows.select(1, depth)).to(at::kDouble);
        const Tensor shares = counts.masked_select(counts > 0) / static_cast<double>(rows.size(0));
        figures["used." + std::to_string(depth)] = static_cast<double>(shares.numel());
        figures["perplexity." + std::to_string(depth)] = std::exp(-(shares * shares.log()).sum().item<double>());
    }
    return figures;
}

void HeldOutFigures::add(const TensorsByName& batch, const Terms& terms, const std::vector<std::string>& names) {
    const auto count = static_cast<double>(names.size());
    for (const auto& [name, loss] : terms.losses) m_sums[name] += loss.item<double>() * count;
    m_sums["total"] += terms.total.item<double>() * count;
    m_pictures += count;
    const auto of = [&](const char* name) {
        const auto found = terms.between.find(name);
        return found == terms.between.end() ? Tensor() : found->second;
    };
    if (const Tensor made = of("reconstruction"); made.defined()) {
        const Tensor errors = (made.clamp(0, 1) - batch.at("image")).to(at::kDouble).square().mean({1, 2, 3});
        m_decibels += (-10 * at::log10(errors)).sum().item<double>();
        m_reconstructed += count;
    }
    if (const Tensor images = of("image_embedding"), texts = of("text_embedding"); images.defined() && texts.defined()) {
        m_images.push_back(images.to(at::kFloat));
        m_texts.push_back(texts.to(at::kFloat));
        m_names.insert(m_names.end(), names.begin(), names.end());
    }
    if (const Tensor codes = of("codes"); codes.defined()) m_codes.push_back(codes);
}

std::map<std::string, double> HeldOutFigures::figures() const {
    std::map<std::string, double> figures;
    for (const auto& [name, sum] : m_sums) figures[name] = sum / m_pictures;
    if (m_reconstructed > 0) figures["psnr"] = m_decibels / m_reconstructed;
    if (!m_names.empty()) addRanks(figures);
    if (!m_codes.empty()) figures.merge(codeFigures(at::cat(m_codes)));
    return figures;
}

void HeldOutFigures::addRanks(std::map<std::string, double>& figures) const {
    const Tensor texts = at::cat(m_texts);
    std::map<std::string, std::int64_t> classes;  // pictures of one name share it
    std::vector<Tensor> rows;
    std::vector<std::int64_t> own;
    for (std::size_t i = 0; i < m_names.size(); ++i) {
        const auto [place, isNew] = classes.emplace(m_names[i], static_cast<std::int64_t>(rows.size()));
        if (isNew) rows.push_back(texts[static_cast<std::int64_t>(i)]);
        own.push_back(place->second);
    }
    const Tensor cosines = at::matmul(at::cat(m_images), at::stack(rows).t());  // [N,names]
    const Tensor right = cosines.gather(1, at::tensor(own).unsqueeze(1));       // [N,1]
    const Tensor ahead = (cosines >= right).sum(1) - 1;                         // a tie counts against it
    figures["top1"] = (ahead < 1).to(at::kDouble).mean().item<double>();
    figures["top5"] = (ahead < 5).to(at::kDouble).mean().item<double>();
}

}  // namespace tessera::train
