// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/sweep_dialog.h"

#include <algorithm>

#include <QComboBox>
#include <QDialogButtonBox>
#include <QDoubleSpinBox>
#include <QGridLayout>
#include <QHBoxLayout>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QRegularExpressionValidator>
#include <QSignalBlocker>
#include <QSpinBox>

namespace tessera::ui {
namespace {

constexpr int kFewest = 2, kMost = 16, kUsual = 5, kMostSteps = 1000, kWidth = 380;

}  // namespace

SweepDialog::SweepDialog(DrawingSettings settings, const ModelInfo& model, int way, QWidget* parent)
    : QDialog(parent), m_settings(std::move(settings)), m_ownSteps(std::max(1, model.drawing.steps)), m_ownGuidance(model.drawing.guidance), m_way(way), m_values(kUsual), m_what(new QComboBox), m_low(new QDoubleSpinBox), m_high(new QDoubleSpinBox),
      m_seedLabel(new QLabel(tr("To seed"))), m_words(new QLabel), m_seed(new QLineEdit), m_count(new QSpinBox) {
    setObjectName(QStringLiteral("sweepDialog"));
    setWindowTitle(tr("A row of pictures"));
    setMinimumWidth(kWidth);
    const auto name = [](Swept what) {
        switch (what) {
            case Swept::Guidance: return tr("guidance");
            case Swept::Steps: return tr("steps");
            case Swept::Temperature: return tr("temperature");
            case Swept::StartTime: return tr("time at which it sets out from the picture");
            case Swept::Seeds: return tr("way between two seeds");
        }
        return QString();
    };
    for (const Swept each : sweptOf(m_settings, model)) m_what->addItem(name(each), int(each));
    m_what->setObjectName(QStringLiteral("sweepWhat"));
    m_low->setObjectName(QStringLiteral("sweepLow"));
    m_high->setObjectName(QStringLiteral("sweepHigh"));
    m_count->setObjectName(QStringLiteral("sweepCount"));
    m_seed->setObjectName(QStringLiteral("sweepSeed"));
    m_words->setObjectName(QStringLiteral("sweepWords"));
    for (QAbstractSpinBox* each : {static_cast<QAbstractSpinBox*>(m_low), static_cast<QAbstractSpinBox*>(m_high), static_cast<QAbstractSpinBox*>(m_count)}) each->setButtonSymbols(QAbstractSpinBox::NoButtons);
    m_seed->setText(QString::number(m_settings.seed + 1));
    m_seed->setValidator(new QRegularExpressionValidator(QRegularExpression(QStringLiteral("[0-9]{1,19}")), m_seed));
    m_words->setProperty("role", "second");
    m_words->setWordWrap(true);
    auto* buttons = new QDialogButtonBox(QDialogButtonBox::Cancel);
    m_queue = buttons->addButton(tr("Queue"), QDialogButtonBox::AcceptRole);
    m_queue->setObjectName(QStringLiteral("queueSweep"));
    m_queue->setDefault(true);
    auto* grid = new QGridLayout(this);
    grid->setHorizontalSpacing(8);
    grid->setVerticalSpacing(8);
    grid->setColumnStretch(1, 1);
    int row = 0;
    const auto add = [&](QLabel* label, QWidget* field) {
        label->setBuddy(field);
        label->setProperty("role", "second");
        field->setAccessibleName(label->text());
        grid->addWidget(label, row, 0);
        grid->addWidget(field, row++, 1);
    };
    add(new QLabel(tr("Differ in")), m_what);
    add(m_seedLabel, m_seed);
    add(new QLabel(tr("From")), m_low);
    add(new QLabel(tr("To")), m_high);
    add(new QLabel(tr("Pictures")), m_count);
    grid->addWidget(m_words, row++, 0, 1, 2);
    grid->addWidget(buttons, row, 0, 1, 2);
    connect(m_what, &QComboBox::currentIndexChanged, this, &SweepDialog::chooseRange);
    for (QDoubleSpinBox* each : {m_low, m_high}) connect(each, &QDoubleSpinBox::valueChanged, this, &SweepDialog::showWords);
    connect(m_count, &QSpinBox::valueChanged, this, [this](int count) {
        (what() == Swept::Seeds ? m_way : m_values) = count;
        showWords();
    });
    connect(m_seed, &QLineEdit::textChanged, this, &SweepDialog::showWords);
    connect(buttons, &QDialogButtonBox::rejected, this, &QDialog::reject);
    connect(buttons, &QDialogButtonBox::accepted, this, [this] {
        Q_EMIT ordered(drawings());
        accept();
    });
    chooseRange();
}

Swept SweepDialog::what() const {
    return Swept(m_what->currentData().toInt());
}

/// Around what is set now.
void SweepDialog::chooseRange() {
    const auto set = [this](double least, double most, double low, double high, int decimals) {
        for (QDoubleSpinBox* each : {m_low, m_high}) {
            each->setDecimals(decimals);
            each->setRange(least, most);
            each->setSingleStep(decimals == 0 ? 1 : 0.1);
        }
        m_low->setValue(low);
        m_high->setValue(high);
    };
    const int steps = m_settings.steps > 0 ? m_settings.steps : m_ownSteps;
    switch (what()) {
        case Swept::Guidance: set(0, 100, 1, std::max({2.0, 2 * m_ownGuidance - 1, m_settings.guidance}), 2); break;
        case Swept::Steps: set(1, kMostSteps, std::max(1, steps / 4), std::min(kMostSteps, std::max(2, steps)), 0); break;
        case Swept::Temperature: set(0, 100, 0, std::max(1.0, m_settings.temperature), 2); break;
        case Swept::StartTime:
        case Swept::Seeds: set(0, 1, 0, 1, 2); break;
    }
    const bool seeds = what() == Swept::Seeds;
    m_seed->setVisible(seeds);
    m_seedLabel->setVisible(seeds);
    chooseCount();
    showWords();
}

void SweepDialog::chooseCount() {
    const bool seeds = what() == Swept::Seeds;
    const QSignalBlocker quiet(m_count);  // what the range cuts off is nobody's wish
    m_count->setRange(seeds ? kFewestOnWay : kFewest, seeds ? kMostOnWay : kMost);
    m_count->setValue(seeds ? m_way : m_values);
}

std::vector<std::pair<QString, DrawingSettings>> SweepDialog::drawings() const {
    DrawingSettings settings = m_settings;
    settings.towardsSeed = m_seed->text().toULongLong();
    return sweptDrawings(settings, what(), m_low->value(), m_high->value(), m_count->value());
}

void SweepDialog::showWords() {
    QStringList captions;
    for (const auto& [caption, each] : drawings()) captions << caption;
    m_words->setText(tr("%1, all else the same").arg(captions.join(QStringLiteral(", "))));
    m_queue->setEnabled(m_what->count() > 0 && (what() != Swept::Seeds || !m_seed->text().isEmpty()));
}

}  // namespace tessera::ui
