// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/empty_state.h"

#include <algorithm>

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QKeySequence>
#include <QLabel>
#include <QPainter>

#include "panels/stage/drop_dashes.h"
#include "panels/stage/hint_button.h"
#include "panels/stage/sample_card.h"
#include "theme/theme.h"

namespace tessera::ui {
namespace {

constexpr int kLogoCells = 4, kLogoCell = 17, kLogoGap = 3, kLogo = kLogoCells * kLogoCell + (kLogoCells - 1) * kLogoGap;
constexpr int kButtonGap = 12, kContent = 744, kCardGap = 8, kSamplesInARow = 3;

QLabel* label(QWidget* parent, const char* role, const QString& text) {
    auto* label = new QLabel(text, parent);
    label->setProperty("role", role);
    label->setAlignment(Qt::AlignHCenter | Qt::AlignTop);
    return label;
}

/// A grid of tokens, one of them looked at.
void paintLogo(QPainter& painter, const QRect& place) {
    const Tokens& t = tokens();
    painter.setRenderHint(QPainter::Antialiasing);
    for (int row = 0; row < kLogoCells; ++row) {
        for (int column = 0; column < kLogoCells; ++column) {
            const QRectF cell(place.x() + column * (kLogoCell + kLogoGap), place.y() + row * (kLogoCell + kLogoGap), kLogoCell, kLogoCell);
            const bool inner = row > 0 && row < kLogoCells - 1 && column > 0 && column < kLogoCells - 1;
            const bool chosen = row == 2 && column == 2;
            painter.setPen(inner ? QPen(Qt::NoPen) : QPen(t.second, 1.5));
            painter.setBrush(chosen ? t.accent : inner ? t.second : QColor(Qt::transparent));
            painter.drawRoundedRect(inner ? cell : cell.adjusted(0.75, 0.75, -0.75, -0.75), 2, 2);
        }
    }
}

}  // namespace

EmptyState::EmptyState(QWidget* parent) : QWidget(parent) {
    setAttribute(Qt::WA_OpaquePaintEvent);
    setAccessibleName(tr("No pictures yet"));
    m_heading = label(this, "title", tr("Drop images, a folder or a model here"));
    m_text = label(this, "second", tr("The reconstruction appears beside the original as soon as you let go.\nPictures stay on this computer."));
    const auto shortcut = [](QKeySequence::StandardKey key) { return QKeySequence(key).toString(QKeySequence::NativeText); };
    auto* open = new HintButton(QStringLiteral("image"), tr("Open image…"), shortcut(QKeySequence::Open), this);
    auto* paste = new HintButton(QStringLiteral("clipboard"), tr("Paste"), shortcut(QKeySequence::Paste), this);
    auto* folder = new HintButton(QStringLiteral("folder"), tr("Open folder…"), {}, this);
    open->setDefault(true);
    connect(open, &QPushButton::clicked, this, &EmptyState::openImageRequested);
    connect(paste, &QPushButton::clicked, this, &EmptyState::pasteRequested);
    connect(folder, &QPushButton::clicked, this, &EmptyState::openFolderRequested);
    m_buttons = {open, paste, folder};
    m_invitation = label(this, "secondTable", tr("Or start from a sample picture"));
    m_invitation->hide();
    setFocusProxy(open);
    connect(&Theme::instance(), &Theme::changed, this, [this] {
        place();
        update();
    });
}

void EmptyState::setSamplesFolder(const QString& folder) {
    for (SampleCard* card : m_samples) delete card;
    m_samples.clear();
    m_thumbnailsAsked = false;
    QFile list(QDir(folder).filePath(QStringLiteral("samples.json")));
    const QJsonDocument document = list.open(QIODevice::ReadOnly) ? QJsonDocument::fromJson(list.readAll()) : QJsonDocument();
    for (const QJsonValue& entry : document.array()) {
        const QString file = QDir(folder).filePath(entry[u"file"].toString());
        if (!QFile::exists(file)) continue;
        auto* card = new SampleCard(file, entry[u"title"].toString(), entry[u"hint"].toString(), this);
        connect(card, &QAbstractButton::clicked, this, [this, file] { Q_EMIT sampleRequested(file); });
        m_samples.push_back(card);
    }
    place();
    update();
}

void EmptyState::setDropActive(bool active) {
    if (active == m_dropActive) return;
    m_dropActive = active;
    update();
}

void EmptyState::resizeEvent(QResizeEvent*) {
    place();
}

void EmptyState::place() {
    const int content = std::min(kContent, width() - 2 * 48);
    const auto centred = [&](QWidget* widget, int y) {
        const QSize wanted(std::min(widget->sizeHint().width(), content), widget->sizeHint().height());
        widget->setGeometry((width() - wanted.width()) / 2, y, wanted.width(), wanted.height());
        return wanted.height();
    };
    int buttonsWidth = -kButtonGap;
    for (const QPushButton* button : m_buttons) buttonsWidth += button->sizeHint().width() + kButtonGap;
    const bool column = buttonsWidth > content;
    const int buttonHeight = m_buttons.front()->sizeHint().height();
    const int buttonsHeight = column ? static_cast<int>(m_buttons.size()) * (buttonHeight + 8) - 8 : buttonHeight;

    const int inARow = std::clamp(content / SampleCard::kLeastWidth, 1, kSamplesInARow);
    const int cardWidth = (content - (inARow - 1) * kCardGap) / inARow;
    const int head = kLogo + 32 + m_heading->sizeHint().height() + 8 + m_text->sizeHint().height() + 24 + buttonsHeight;
    const int samplesHead = 48 + 1 + 16 + m_invitation->sizeHint().height() + 8;
    const int wantedRows = (static_cast<int>(m_samples.size()) + inARow - 1) / inARow;
    const int room = height() - 2 * 48 - head - samplesHead;
    const int rows = std::clamp(room / (SampleCard::kHeight + kCardGap), 0, wantedRows);
    const int samplesHeight = rows > 0 ? samplesHead + rows * (SampleCard::kHeight + kCardGap) - kCardGap : 0;

    int y = std::max(24, (height() - head - samplesHeight) / 2);
    m_logo = QRect((width() - kLogo) / 2, y, kLogo, kLogo);
    y += kLogo + 32;
    y += centred(m_heading, y) + 8;
    y += centred(m_text, y) + 24;
    int x = (width() - buttonsWidth) / 2;
    for (QPushButton* button : m_buttons) {
        const int wide = button->sizeHint().width();
        if (column) {
            button->setGeometry((width() - wide) / 2, y, wide, buttonHeight);
            y += buttonHeight + 8;
        } else {
            button->setGeometry(x, y, wide, buttonHeight);
            x += wide + kButtonGap;
        }
    }
    if (!column) y += buttonHeight;
    y += 48;
    const int left = (width() - content) / 2;
    m_rule = rows > 0 ? QRect(left, y, content, 1) : QRect();
    y += 1 + 16;
    m_invitation->setVisible(rows > 0);
    m_invitation->setGeometry(left, y, m_invitation->sizeHint().width(), m_invitation->sizeHint().height());
    y += m_invitation->sizeHint().height() + 8;
    for (std::size_t i = 0; i < m_samples.size(); ++i) {
        const int row = static_cast<int>(i) / inARow, place = static_cast<int>(i) % inARow;
        m_samples[i]->setGeometry(left + place * (cardWidth + kCardGap), y + row * (SampleCard::kHeight + kCardGap), cardWidth, SampleCard::kHeight);
        m_samples[i]->setVisible(row < rows);
    }
}

void EmptyState::paintEvent(QPaintEvent*) {
    QPainter painter(this);
    painter.fillRect(rect(), tokens().canvas);
    // The light canvas is darker than the light theme's rules.
    painter.fillRect(m_rule, Theme::instance().isDark() ? tokens().line : tokens().separator);
    const int inset = width() > 520 ? 24 : 8;
    paintDropDashes(painter, rect().adjusted(inset, inset, -inset, -inset), m_dropActive);
    paintLogo(painter, m_logo);
    if (!m_thumbnailsAsked) loadThumbnails();
}

void EmptyState::loadThumbnails() {
    m_thumbnailsAsked = true;
    for (SampleCard* card : m_samples) card->loadThumbnail();
}

}  // namespace tessera::ui
