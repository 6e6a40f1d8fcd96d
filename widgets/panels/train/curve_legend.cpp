// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/train/curve_legend.h"

#include <algorithm>

#include <QCheckBox>
#include <QGridLayout>
#include <QIcon>
#include <QLabel>
#include <QPainter>

#include "panels/train/curve_plot.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kMarkWidth = 20, kMarkHeight = 14;

QIcon markOf(const StepCurve& curve, double pixelRatio) {
    QPixmap picture(QSize(kMarkWidth, kMarkHeight) * pixelRatio);
    picture.setDevicePixelRatio(pixelRatio);
    picture.fill(Qt::transparent);
    QPainter painter(&picture);
    painter.setRenderHint(QPainter::Antialiasing);
    QPen pen = curve.pen();
    pen.setWidthF(2);
    painter.setPen(pen);
    painter.drawLine(QPointF(0, kMarkHeight / 2.0), QPointF(kMarkWidth, kMarkHeight / 2.0));
    if (curve.dotted) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(pen.color());
        painter.drawEllipse(QPointF(kMarkWidth / 2.0, kMarkHeight / 2.0), 3, 3);
    }
    return picture;
}

}  // namespace

CurveLegend::CurveLegend(QWidget* parent) : QWidget(parent), m_grid(new QGridLayout(this)) {
    m_grid->setContentsMargins(size::kDockMargin, 8, size::kDockMargin, 8);
    m_grid->setHorizontalSpacing(12);
    m_grid->setVerticalSpacing(6);
    m_grid->setColumnStretch(0, 1);
    setAccessibleName(tr("Curves"));
}

QStringList CurveLegend::hiddenKeys() const {
    return {m_hidden.begin(), m_hidden.end()};
}

void CurveLegend::setHiddenKeys(const QStringList& keys) {
    m_hidden = {keys.begin(), keys.end()};
    for (const Line& line : m_lines) line.box->setChecked(!m_hidden.contains(line.key));
}

void CurveLegend::setEntries(const std::vector<Entry>& entries) {
    const bool same = std::ranges::equal(entries, m_lines, {}, &Entry::key, &Line::key);
    if (!same) {
        for (const Line& line : m_lines) {
            delete line.box;
            delete line.value;
        }
        qDeleteAll(m_heads);
        m_lines.clear();
        m_heads.clear();
        int row = 0;
        const auto head = [&](const QString& words) {
            auto* label = new QLabel(words, this);
            label->setProperty("role", "secondTable");
            m_heads.push_back(label);
            m_grid->addWidget(label, row++, 0, 1, 2);
        };
        for (std::size_t i = 0; i < entries.size(); ++i) {
            if (i == 0 || entries[i].heldOut != entries[i - 1].heldOut) head(entries[i].heldOut ? tr("Held out") : tr("Training"));
            auto* box = new QCheckBox(entries[i].name, this);
            box->setIconSize({kMarkWidth, kMarkHeight});
            box->setChecked(!m_hidden.contains(entries[i].key));
            box->setToolTip(entries[i].heldOut ? tr("Of pictures that are never trained on. Shows or hides the curve.") : tr("Means since the report before. Shows or hides the curve."));
            auto* value = new QLabel(this);
            value->setProperty("role", "table");
            value->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
            m_grid->addWidget(box, row, 0);
            m_grid->addWidget(value, row++, 1);
            connect(box, &QCheckBox::toggled, this, [this, key = entries[i].key](bool on) {
                on ? static_cast<void>(m_hidden.erase(key)) : static_cast<void>(m_hidden.insert(key));
                Q_EMIT hiddenChanged();
            });
            m_lines.push_back({entries[i].key, box, value});
        }
        for (int each = 0; each < m_grid->rowCount(); ++each) m_grid->setRowStretch(each, 0);
        m_grid->setRowStretch(row, 1);
    }
    for (std::size_t i = 0; i < entries.size(); ++i) {
        const StepCurve& curve = *entries[i].curve;
        m_lines[i].box->setIcon(markOf(curve, devicePixelRatioF()));
        const QString latest = curve.values.empty() ? QString() : curveNumber(curve.values.back());
        m_lines[i].value->setText(latest);
        m_lines[i].box->setAccessibleDescription(latest.isEmpty() ? QString() : tr("%1 at step %2").arg(latest).arg(curve.steps.back()));
    }
}

}  // namespace tessera::ui
