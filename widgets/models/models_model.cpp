// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/models_model.h"

#include <algorithm>

#include <QFileInfo>
#include <QLocale>

#include "bridge/engine_host.h"
#include "workspace/session.h"

namespace tessera::ui {

bool ModelsModel::Entry::operator==(const Entry& other) const {
    const auto same = [](const ModelInfo& a, const ModelInfo& b) { return a.id == b.id && a.precision == b.precision; };
    const bool sameInfo = info.has_value() == other.info.has_value() && (!info || same(*info, *other.info));
    return reference == other.reference && listed.name == other.listed.name && listed.fileBytes == other.listed.fileBytes && sameInfo;
}

ModelsModel::ModelsModel(Session& session, EngineHost& host, QObject* parent) : QAbstractListModel(parent), m_session(session), m_host(host) {
    for (const auto signal : {&Session::modelChanged, &Session::columnsChanged, &Session::workspaceChanged}) connect(&session, signal, this, &ModelsModel::refresh);
    connect(&host, &EngineHost::stateChanged, this, &ModelsModel::refresh);
    connect(&host, &EngineHost::modelChanged, this, &ModelsModel::refresh);
    m_entries = entriesNow();
}

std::vector<ModelsModel::Entry> ModelsModel::entriesNow() const {
    std::vector<Entry> entries;
    for (const ModelEntry& listed : m_host.models()) entries.push_back({listed, listed.embedded ? listed.name : listed.path, std::nullopt});
    const auto find = [&entries](const std::string& reference) { return std::ranges::find(entries, reference, &Entry::reference); };
    const auto add = [&](const std::string& reference) {
        if (reference.empty() || find(reference) != entries.end()) return;
        ModelEntry listed{.name = QFileInfo(QString::fromStdString(reference)).fileName().toStdString(), .path = reference};
        entries.push_back({std::move(listed), reference, std::nullopt});
    };
    // What was chosen once stays in the list while the window is open.
    for (const Entry& known : m_entries) add(known.reference);
    for (const ModelChoice& choice : m_session.models()) add(choice.reference);
    for (Entry& entry : entries) {
        const auto before = std::ranges::find(m_entries, entry.reference, &Entry::reference);
        if (before != m_entries.end()) entry.info = before->info;
        if (const ModelStatus* status = statusOf(entry); status && status->info) entry.info = status->info;
        if (!entry.info) continue;
        if (!entry.listed.embedded) entry.listed.name = entry.info->name;
        if (entry.listed.fileBytes == 0) entry.listed.fileBytes = entry.info->fileBytes;
    }
    return entries;
}

void ModelsModel::refresh() {
    std::vector<Entry> now = entriesNow();
    const bool sameLength = now.size() == m_entries.size();
    if (!sameLength) beginResetModel();
    m_entries = std::move(now);
    if (!sameLength) return endResetModel();
    if (!m_entries.empty()) Q_EMIT dataChanged(index(0), index(static_cast<int>(m_entries.size()) - 1));
}

/// Of the entry's model on the board; where it is there in several precisions, of the one that is furthest from running.
const ModelStatus* ModelsModel::statusOf(const Entry& entry) const {
    const ModelStatus* worst = nullptr;
    for (const ModelChoice& choice : m_host.choices()) {
        if (choice.reference != entry.reference) continue;
        const ModelStatus& status = m_host.modelOf(choice);
        if (!worst || status.error || (status.opening && !worst->error)) worst = &status;
    }
    return worst;
}

ModelsModel::State ModelsModel::stateOf(const Entry& entry) const {
    const ModelStatus* status = statusOf(entry);
    if (!status) return State::Here;
    const bool engineOpens = m_host.state() == EngineHost::State::Opening;
    if (status->error) return State::Failed;
    if (status->opening || engineOpens) return State::Opening;
    return status->info ? State::Loaded : State::Here;
}

bool ModelsModel::isOnBoard(const Entry& entry) const {
    return std::ranges::any_of(m_session.groups(), [&](const ModelGroup& group) { return group.model && group.model->reference == entry.reference; });
}

QString ModelsModel::detailOf(const Entry& entry) const {
    const State state = stateOf(entry);
    if (state == State::Failed) return QString::fromStdString(statusOf(entry)->error->message);
    QString where = entry.listed.embedded ? tr("built in") : tr("file");
    if (state == State::Loaded) where = tr("%1, loaded").arg(where);
    if (state == State::Opening) {
        const int percent = static_cast<int>(statusOf(entry)->progress.fraction * 100);
        where = percent > 0 ? tr("%1, opening %2 %").arg(where).arg(percent) : tr("%1, opening").arg(where);
    }
    if (entry.listed.fileBytes == 0) return where;
    const QString size = QLocale::c().formattedDataSize(qint64(entry.listed.fileBytes), 1, QLocale::DataSizeSIFormat);
    return tr("%1 · %2").arg(size, where);
}

QString ModelsModel::toolTipOf(const Entry& entry) const {
    QStringList lines{QString::fromStdString(entry.listed.name)};
    const State state = stateOf(entry);
    if (state == State::Failed) lines << QString::fromStdString(toLine(*statusOf(entry)->error));
    const std::string& family = entry.info ? entry.info->family : entry.listed.family;
    if (!family.empty()) lines << tr("Family: %1").arg(QString::fromStdString(family));
    if (entry.info && state == State::Loaded) {
        lines << tr("Precision: %1").arg(QString::fromStdString(entry.info->precision)) << tr("Device: %1").arg(QString::fromStdString(entry.info->device));
    }
    if (entry.info && !entry.info->shape.empty()) lines << tr("Latents: %1").arg(QString::fromStdString(entry.info->shape));
    if (entry.info && !entry.info->licence.empty()) lines << tr("Licence: %1").arg(QString::fromStdString(entry.info->licence));
    if (!entry.listed.path.empty()) lines << QString::fromStdString(entry.listed.path);
    return lines.join(u'\n');
}

int ModelsModel::rowCount(const QModelIndex& parent) const {
    return parent.isValid() ? 0 : static_cast<int>(m_entries.size());
}

QVariant ModelsModel::data(const QModelIndex& index, int role) const {
    if (!checkIndex(index, CheckIndexOption::IndexIsValid)) return {};
    const Entry& entry = m_entries[index.row()];
    const bool current = entry.reference == m_session.model().reference, onBoard = isOnBoard(entry);
    switch (role) {
        case Qt::DisplayRole: return QString::fromStdString(entry.listed.name);
        case Qt::CheckStateRole: return onBoard ? Qt::Checked : Qt::Unchecked;
        case Qt::ToolTipRole: return toolTipOf(entry);
        case Qt::AccessibleTextRole: return tr("%1, %2").arg(QString::fromStdString(entry.listed.name), detailOf(entry));
        case DetailRole: return detailOf(entry);
        case StateRole: return static_cast<int>(stateOf(entry));
        case ErrorRole: return stateOf(entry) == State::Failed ? QString::fromStdString(toLine(*statusOf(entry)->error)) : QString();
        case ReferenceRole: return QString::fromStdString(entry.reference);
        case CurrentRole: return current;
        case SeveralRole: return !showsOneModel(m_session.workspace().kind);
        default: return {};
    }
}

bool ModelsModel::setData(const QModelIndex& index, const QVariant& value, int role) {
    if (role != Qt::CheckStateRole || !checkIndex(index, CheckIndexOption::IndexIsValid)) return false;
    const Entry& entry = m_entries[index.row()];
    const bool wanted = value.toInt() == Qt::Checked;
    const ModelChoice choice{entry.reference, m_session.model().precision};
    if (wanted == isOnBoard(entry)) return false;
    if (showsOneModel(m_session.workspace().kind)) {
        // One model is always the chosen one: it cannot be taken off, only exchanged.
        if (!wanted) return false;
        Q_EMIT modelWanted(QString::fromStdString(entry.reference));
        return true;
    }
    if (wanted) {
        m_session.editColumns(tr("add model"), withModel(m_session.groups(), choice, m_session.nextLensId()));
        return true;
    }
    Groups left = m_session.groups();
    std::erase_if(left, [&](const ModelGroup& group) { return group.model && group.model->reference == entry.reference; });
    if (std::ranges::none_of(left, [](const ModelGroup& group) { return group.model.has_value(); })) return false;
    m_session.editColumns(tr("remove model"), std::move(left));
    return true;
}

Qt::ItemFlags ModelsModel::flags(const QModelIndex& index) const {
    return QAbstractListModel::flags(index) | (index.isValid() ? Qt::ItemIsUserCheckable | Qt::ItemNeverHasChildren : Qt::NoItemFlags);
}

QHash<int, QByteArray> ModelsModel::roleNames() const {
    auto names = QAbstractListModel::roleNames();
    names.insert({{DetailRole, "detail"}, {StateRole, "state"}, {ErrorRole, "error"}, {ReferenceRole, "reference"}, {CurrentRole, "current"}, {SeveralRole, "several"}});
    return names;
}

QModelIndex ModelsModel::currentIndex() const {
    const auto it = std::ranges::find(m_entries, m_session.model().reference, &Entry::reference);
    return it == m_entries.end() ? QModelIndex() : index(static_cast<int>(it - m_entries.begin()));
}

}  // namespace tessera::ui
