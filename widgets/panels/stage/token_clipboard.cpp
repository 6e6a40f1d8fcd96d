// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/token_clipboard.h"

#include <algorithm>

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QMimeData>
#include <QString>
#include <QStringList>

namespace tessera::ui {
namespace {

const QString kType = QStringLiteral("application/x-tessera-tokens+json");
constexpr int kMostSide = 8192, kMostDepths = 64;

template <typename Numbers>
QJsonArray arrayOf(const Numbers& numbers) {
    QJsonArray array;
    for (const auto number : numbers) array.append(int(number));
    return array;
}

/// Whole numbers from `low` to `high`, exactly `count` of them; nothing otherwise.
std::optional<std::vector<int>> numbersOf(const QJsonValue& value, std::size_t count, int low, int high) {
    const QJsonArray array = value.toArray();
    if (static_cast<std::size_t>(array.size()) != count) return std::nullopt;
    std::vector<int> numbers;
    for (const QJsonValue& each : array) {
        const int number = each.toInt(low - 1);
        if (number < low || number > high) return std::nullopt;
        numbers.push_back(number);
    }
    return numbers;
}

}  // namespace

std::unique_ptr<QMimeData> toMime(const TokenBlock& block) {
    const QJsonObject json{{QStringLiteral("fingerprint"), QString::fromStdString(block.fingerprint)},
                           {QStringLiteral("codebooks"), arrayOf(block.layout.codebookSizes)},
                           {QStringLiteral("rows"), block.rows},
                           {QStringLiteral("columns"), block.columns},
                           {QStringLiteral("holds"), arrayOf(block.holds)},
                           {QStringLiteral("codes"), arrayOf(block.codes)}};
    QString text;
    const auto depths = static_cast<std::size_t>(block.layout.depths());
    for (std::size_t cell = 0; cell < block.holds.size(); ++cell) {
        if (block.holds[cell] == 0) continue;
        QStringList numbers{QString::number(cell / block.columns), QString::number(cell % block.columns)};
        for (std::size_t depth = 0; depth < depths; ++depth) numbers << QString::number(block.codes[cell * depths + depth]);
        text += numbers.join(u'\t') + u'\n';
    }
    auto mime = std::make_unique<QMimeData>();
    mime->setData(kType, QJsonDocument(json).toJson(QJsonDocument::Compact));
    mime->setText(text);
    return mime;
}

bool holdsTokens(const QMimeData& mime) {
    return mime.hasFormat(kType);
}

std::optional<TokenBlock> fromMime(const QMimeData& mime) {
    const QJsonObject json = QJsonDocument::fromJson(mime.data(kType)).object();
    const auto count = [&](const char* name) { return json[QLatin1String(name)].toInt(0); };
    const int rows = count("rows"), columns = count("columns"), depths = static_cast<int>(json[QLatin1String("codebooks")].toArray().size());
    if (rows < 1 || rows > kMostSide || columns < 1 || columns > kMostSide || depths < 1 || depths > kMostDepths) return std::nullopt;
    const std::size_t cells = static_cast<std::size_t>(rows) * columns;
    const auto sizes = numbersOf(json[QLatin1String("codebooks")], depths, 1, 1 << 24);
    const auto holds = numbersOf(json[QLatin1String("holds")], cells, 0, 1);
    const auto codes = numbersOf(json[QLatin1String("codes")], cells * depths, -1, 1 << 24);
    if (!sizes || !holds || !codes) return std::nullopt;
    for (std::size_t i = 0; i < codes->size(); ++i) {
        if ((*codes)[i] >= (*sizes)[i % depths]) return std::nullopt;
    }
    TokenBlock block{.layout = {}, .fingerprint = json[QLatin1String("fingerprint")].toString().toStdString(), .rows = rows, .columns = columns, .codes = {codes->begin(), codes->end()}, .holds = {holds->begin(), holds->end()}};
    block.layout.codebookSizes = *sizes;
    return block;
}

}  // namespace tessera::ui
