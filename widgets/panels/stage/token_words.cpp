// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/token_words.h"

#include <cmath>

#include <QCoreApplication>
#include <QStringList>

#include "panels/stage/number_words.h"

namespace tessera::ui {
namespace {

using Role = Word::Role;

constexpr int kDecimals = 2;

QString tr(const char* text) {
    return QCoreApplication::translate("TokenWords", text);
}

QString length(float value) {
    return std::isfinite(value) ? fixedNumber(value, kDecimals) : QStringLiteral("–");
}

/// Length of what the codes leave of the token: each code of a product quantizer leaves something of its own part.
float errorOf(const TokenGrid& grid, TokenPlace place) {
    const int depths = grid.layout.depths();
    if (grid.layout.kind == CodeLayout::Kind::Residual) return grid.residual[grid.at(place.row, place.column, depths - 1)];
    double squares = 0;
    for (int depth = 0; depth < depths; ++depth) squares += std::pow(double(grid.residual[grid.at(place.row, place.column, depth)]), 2);
    return static_cast<float>(std::sqrt(squares));
}

bool holds(const TokenGrid* grid, TokenPlace place, int depth) {
    return grid && place.row >= 0 && place.column >= 0 && place.row < grid->rows && place.column < grid->columns && depth >= 0 && depth < grid->layout.depths();
}

}  // namespace

QString codeWords(std::int32_t code) {
    return code < 0 ? tr("none") : QString::number(code);
}

std::vector<Word> tokenWords(const TokenGrid* grid, TokenPlace place, int depth) {
    std::vector<Word> words{{tr("token"), Role::Second}, {QStringLiteral("%1, %2").arg(place.row).arg(place.column), Role::Value}};
    if (!holds(grid, place, depth)) return words;
    const int depths = grid->layout.depths();
    words.push_back({depths > 1 ? tr("codes") : tr("code"), Role::Second});
    for (int d = 0; d < depths; ++d) words.push_back({codeWords(grid->codes[grid->at(place.row, place.column, d)]), d == depth ? Role::Strong : Role::Value});
    const std::size_t at = grid->at(place.row, place.column, depth);
    const auto add = [&](const QString& name, const QString& number) {
        words.push_back({name, Role::Second});
        words.push_back({number, Role::Value});
    };
    add(tr("norm"), length(grid->norm[grid->cell(place.row, place.column)]));
    add(tr("error"), length(errorOf(*grid, place)));
    add(tr("nearest"), QStringLiteral("%1, %2").arg(length(grid->nearest[at]), length(grid->second[at])));
    return words;
}

QString tokenName(const TokenGrid* grid, TokenPlace place, int depth) {
    QString name = tr("row %1, column %2").arg(place.row).arg(place.column);
    if (!holds(grid, place, depth)) return name;
    const std::size_t at = grid->at(place.row, place.column, depth);
    name += tr(", depth %1, code %2").arg(depth + 1).arg(codeWords(grid->codes[at]));
    if (grid->codes[at] != grid->found[at]) name += tr(", edited, found %1").arg(codeWords(grid->found[at]));
    return name;
}

}  // namespace tessera::ui
