// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/file_panel.h"

#include <QDir>
#include <QFileInfo>
#include <QLabel>
#include <QLocale>
#include <QScrollArea>
#include <QVBoxLayout>

#include <tessera/source_words.h>

#include "panels/fact_list.h"
#include "panels/hint_stack.h"
#include "theme/icons.h"
#include "theme/theme.h"
#include "workspace/session.h"

namespace tessera::ui {
namespace {

constexpr int kHashShown = 12;

QString homeShortened(const QString& path) {
    const QString home = QDir::homePath();
    return path.startsWith(home + u'/') ? u'~' + path.mid(home.size()) : path;
}

QString channelWords(const SourceInfo& info) {
    const QString depth = FilePanel::tr("%1 bit").arg(info.bitsPerChannel);
    switch (info.channels) {
        case 1: return FilePanel::tr("grey, %1").arg(depth);
        case 2: return FilePanel::tr("grey with alpha, %1").arg(depth);
        case 3: return FilePanel::tr("RGB, %1").arg(depth);
        case 4: return FilePanel::tr("RGB with alpha, %1").arg(depth);
        default: return FilePanel::tr("%1 channels, %2").arg(info.channels).arg(depth);
    }
}

std::vector<Fact> factsOf(const Row& row) {
    std::vector<Fact> facts{{FilePanel::tr("Name"), row.name, {}}};
    if (!row.info) return facts;
    const SourceInfo& info = *row.info;
    const QLocale locale = QLocale::c();
    facts.push_back({FilePanel::tr("Format"), QString::fromStdString(info.format), {}});
    facts.push_back({FilePanel::tr("Size"), QString::fromStdString(sizeWords(info)), {}});
    if (info.frames > 1) {
        facts.push_back({FilePanel::tr("Frames"), info.framesPerSecond > 0 ? FilePanel::tr("%1, %2 per second").arg(info.frames).arg(info.framesPerSecond, 0, 'g', 4) : QString::number(info.frames), {}});
    }
    if (!holdsTokens(info)) {
        facts.push_back({FilePanel::tr("Pixels"), FilePanel::tr("%1 MP").arg(double(info.width) * info.height / 1e6, 0, 'f', 2), {}});
        facts.push_back({FilePanel::tr("Channels"), channelWords(info), {}});
    }
    if (info.fileBytes > 0) {
        facts.push_back({FilePanel::tr("File size"), locale.formattedDataSize(qint64(info.fileBytes), 1, QLocale::DataSizeSIFormat),
                         FilePanel::tr("%1 bytes").arg(info.fileBytes)});
    }
    if (!info.contentHash.empty()) {
        const QString hash = QString::fromStdString(info.contentHash);
        facts.push_back({FilePanel::tr("Content hash"), hash.left(kHashShown) + u'…', hash});
    }
    if (!info.path.empty()) {
        const QString path = QString::fromStdString(info.path);
        facts.push_back({FilePanel::tr("Folder"), homeShortened(QFileInfo(path).absolutePath()), path});
    }
    return facts;
}

}  // namespace

FilePanel::FilePanel(Session& session, QWidget* parent) : QWidget(parent), m_session(session), m_facts(new FactList) {
    auto* body = new QWidget;
    auto* layout = new QVBoxLayout(body);
    layout->setContentsMargins(size::kDockMargin, size::kDockMargin, size::kDockMargin, size::kDockMargin);
    layout->setSpacing(size::kDockMargin);
    layout->addWidget(m_facts);
    m_notes = new QVBoxLayout;
    m_notes->setSpacing(8);
    layout->addLayout(m_notes);
    layout->addStretch(1);
    auto* scroll = new QScrollArea;
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setFocusPolicy(Qt::NoFocus);
    scroll->setWidget(body);
    m_stack = new HintStack(scroll, tr("Format, size and history of the current image stand here"), this);
    auto* outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    outer->addWidget(m_stack);
    connect(&session, &Session::currentRowChanged, this, &FilePanel::showRow);
    connect(&session, &Session::rowChanged, this, [this](int index) {
        if (index == m_session.indexOf(m_session.currentRow())) showRow();
    });
    showRow();
}

QString FilePanel::text() const {
    return m_facts->text() + m_noteTexts.join(u'\n');
}

void FilePanel::showRow() {
    const Row* row = m_session.find(m_session.currentRow());
    m_stack->setFilled(row != nullptr);
    if (!row) return;
    m_facts->setFacts(factsOf(*row));
    QStringList notes;
    if (row->error) notes << QString::fromStdString(toLine(*row->error));
    if (row->info) {
        for (const std::string& note : row->info->notes) notes << QString::fromStdString(note);
    }
    showNotes(notes);
}

void FilePanel::showNotes(const QStringList& notes) {
    if (notes == m_noteTexts) return;
    m_noteTexts = notes;
    while (QLayoutItem* item = m_notes->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (const QString& note : notes) {
        auto* line = new QWidget;
        auto* layout = new QHBoxLayout(line);
        layout->setContentsMargins(0, 0, 0, 0);
        layout->setSpacing(8);
        auto* icon = new QLabel(line);
        icon->setPixmap(iconPixmap(QStringLiteral("information"), 14, tokens().second, devicePixelRatioF()));
        auto* text = new QLabel(note, line);
        text->setTextFormat(Qt::PlainText);
        text->setProperty("role", "table");
        text->setWordWrap(true);
        text->setTextInteractionFlags(Qt::TextSelectableByMouse);
        layout->addWidget(icon, 0, Qt::AlignTop);
        layout->addWidget(text, 1);
        m_notes->addWidget(line);
    }
}

}  // namespace tessera::ui
