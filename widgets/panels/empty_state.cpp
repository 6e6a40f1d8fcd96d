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

/// Its words on as few lines as they are written in, if there is room.
int widthOf(QLabel* label, int room) {
    label->ensurePolished();
    return std::min(label->fontMetrics().size(0, label->text()).width() + 2, room);
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
    m_heading->setWordWrap(true);
    m_text->setWordWrap(true);
    const auto shortcut = [](QKeySequence::StandardKey key) { return QKeySequence(key).toString(QKeySequence::NativeText); };
    m_open = new HintButton(QStringLiteral("image"), tr("Open image…"), shortcut(QKeySequence::Open), this);
    m_paste = new HintButton(QStringLiteral("clipboard"), tr("Paste"), shortcut(QKeySequence::Paste), this);
    auto* folder = new HintButton(QStringLiteral("folder"), tr("Open folder…"), {}, this);
    m_open->setDefault(true);
    connect(m_open, &QPushButton::clicked, this, &EmptyState::openImageRequested);
    connect(m_paste, &QPushButton::clicked, this, &EmptyState::pasteRequested);
    connect(folder, &QPushButton::clicked, this, &EmptyState::openFolderRequested);
    m_buttons = {m_open, m_paste, folder};
    m_invitation = label(this, "secondTable", tr("Or start from a sample picture"));
    m_invitation->hide();
    setFocusProxy(m_open);
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

void EmptyState::setKeys(const QString& ofOpen, const QString& ofPaste) {
    m_open->setKeys(ofOpen);
    m_paste->setKeys(ofPaste);
    place();
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
    const int content = std::max(0, std::min(kContent, width() - 2 * (isRoomy() ? 48 : 20)));
    const auto heightOf = [content](QLabel* label) { return label->heightForWidth(widthOf(label, content)); };
    int buttonsWidth = -kButtonGap;
    for (const QPushButton* button : m_buttons) buttonsWidth += button->sizeHint().width() + kButtonGap;
    const bool column = buttonsWidth > content;
    const int buttonHeight = m_buttons.front()->sizeHint().height();
    const int buttonsHeight = column ? static_cast<int>(m_buttons.size()) * (buttonHeight + 8) - 8 : buttonHeight;

    const int inARow = std::clamp(content / SampleCard::kLeastWidth, 1, kSamplesInARow);
    const int words = heightOf(m_heading) + 8 + heightOf(m_text) + 24 + buttonsHeight;
    const int logo = words + kLogo + 32 <= height() - 2 * 24 ? kLogo + 32 : 0;
    const int samplesHead = 48 + 1 + 16 + m_invitation->sizeHint().height() + 8;
    const int wantedRows = (static_cast<int>(m_samples.size()) + inARow - 1) / inARow;
    const int room = height() - 2 * 48 - logo - words - samplesHead;
    const int rows = std::clamp(room / (SampleCard::kHeight + kCardGap), 0, wantedRows);
    const int samplesHeight = rows > 0 ? samplesHead + rows * (SampleCard::kHeight + kCardGap) - kCardGap : 0;

    int y = std::max(0, (height() - logo - words - samplesHeight) / 2);
    m_logo = logo > 0 ? QRect((width() - kLogo) / 2, y, kLogo, kLogo) : QRect();
    y += logo;
    for (QLabel* label : {m_heading, m_text}) {
        const int wide = widthOf(label, content), high = heightOf(label);
        label->setGeometry((width() - wide) / 2, y, wide, high);
        y += high + (label == m_heading ? 8 : 24);
    }
    placeButtons(y, buttonsWidth, column);
    placeSamples(y + buttonsHeight + 48, content, inARow, rows);
}

void EmptyState::placeButtons(int y, int total, bool column) {
    int x = (width() - total) / 2;
    for (QPushButton* button : m_buttons) {
        const QSize wanted = button->sizeHint();
        button->setGeometry(column ? (width() - wanted.width()) / 2 : x, y, wanted.width(), wanted.height());
        column ? y += wanted.height() + 8 : x += wanted.width() + kButtonGap;
    }
}

void EmptyState::placeSamples(int y, int content, int inARow, int rows) {
    const int left = (width() - content) / 2, cardWidth = (content - (inARow - 1) * kCardGap) / inARow;
    m_rule = rows > 0 ? QRect(left, y, content, 1) : QRect();
    y += 1 + 16;
    m_invitation->setVisible(rows > 0);
    m_invitation->setGeometry(QRect(QPoint(left, y), m_invitation->sizeHint()));
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
    const int inset = isRoomy() ? 24 : 8;
    paintDropDashes(painter, rect().adjusted(inset, inset, -inset, -inset), m_dropActive);
    if (!m_logo.isNull()) paintLogo(painter, m_logo);
    if (!m_thumbnailsAsked) loadThumbnails();
}

void EmptyState::loadThumbnails() {
    m_thumbnailsAsked = true;
    for (SampleCard* card : m_samples) card->loadThumbnail();
}

}  // namespace tessera::ui
