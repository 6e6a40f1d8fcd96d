// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/stage/fitted_words.h"

#include <QFontMetrics>
#include <QTextLayout>

namespace tessera::ui {

FittedWords fittedWords(const QString& words, const QFont& font, int width, int height) {
    FittedWords result{.lines = {}, .whole = words.isEmpty()};
    const QFontMetrics metrics(font);
    const int most = height / metrics.lineSpacing();
    if (words.isEmpty() || most <= 0 || width <= 0) return result;
    QTextLayout layout(words, font);
    QTextOption option;
    option.setWrapMode(QTextOption::WrapAtWordBoundaryOrAnywhere);
    layout.setTextOption(option);
    layout.beginLayout();
    int last = 0;
    QTextLine line = layout.createLine();
    for (; line.isValid() && static_cast<int>(result.lines.size()) < most; line = layout.createLine()) {
        line.setLineWidth(width);
        last = line.textStart();
        result.lines << words.mid(last, line.textLength()).trimmed();
    }
    layout.endLayout();
    result.whole = !line.isValid();
    if (!result.whole) result.lines.back() = metrics.elidedText(words.mid(last), Qt::ElideRight, width);
    return result;
}

}  // namespace tessera::ui
