// SPDX-License-Identifier: GPL-3.0-or-later
#include "panels/generate/class_field.h"

#include <algorithm>

#include <QCompleter>
#include <QStringListModel>

namespace tessera::ui {
namespace {

constexpr int kListed = 12;

/// As models compare names.
QString plain(const QString& text) {
    return text.simplified().toLower().replace(u'_', u' ');
}

}  // namespace

ClassField::ClassField(QWidget* parent) : QLineEdit(parent), m_entries(new QStringListModel(this)) {
    setObjectName(QStringLiteral("classField"));
    setAccessibleName(tr("Class"));
    setClearButtonEnabled(true);
    setAcceptDrops(false);  // a dropped file is the window's
    auto* completer = new QCompleter(m_entries, this);
    completer->setCaseSensitivity(Qt::CaseInsensitive);
    completer->setFilterMode(Qt::MatchContains);
    completer->setMaxVisibleItems(kListed);
    setCompleter(completer);
}

void ClassField::setClasses(int count, const std::vector<std::string>& names) {
    const QString before = prompt();
    m_count = count;
    m_names.clear();
    for (const std::string& name : names) {
        const QString whole = QString::fromStdString(name);
        QStringList called{plain(whole)};
        for (const QString& part : whole.split(u',')) called << plain(part);
        m_names.push_back(called);
    }
    QStringList entries;
    for (int i = 0; i < count; ++i) entries << (i < static_cast<int>(names.size()) ? QStringLiteral("%1  %2").arg(i).arg(QString::fromStdString(names[static_cast<std::size_t>(i)])) : QString::number(i));
    m_entries->setStringList(entries);
    setPlaceholderText(names.empty() ? tr("A class by number, 0 to %1").arg(count - 1) : tr("A class by name or number"));
    setToolTip(names.empty() ? tr("The model has %1 classes and no names for them").arg(count) : tr("Type a part of a name, or a number from 0 to %1").arg(count - 1));
    // The same word may be another class's number, or none.
    if (!before.isEmpty()) setPrompt(before);
}

QString ClassField::entry(int index) const {
    return m_entries->stringList().value(index);
}

int ClassField::chosen() const {
    const QString asked = plain(text());
    bool number = false;
    const int index = asked.toInt(&number);
    if (number) return index >= 0 && index < m_count ? index : -1;
    const qsizetype listed = m_entries->stringList().indexOf(text().trimmed());
    if (listed >= 0) return static_cast<int>(listed);
    const auto named = std::ranges::find_if(m_names, [&](const QStringList& names) { return !asked.isEmpty() && names.contains(asked); });
    return named == m_names.end() ? -1 : static_cast<int>(named - m_names.begin());
}

QString ClassField::prompt() const {
    const int index = chosen();
    if (index < 0) return {};
    if (index >= static_cast<int>(m_names.size())) return QString::number(index);
    const QString& whole = m_names[static_cast<std::size_t>(index)].first();
    // A model takes the first class of that name.
    const auto first = std::ranges::find_if(m_names, [&](const QStringList& names) { return names.contains(whole); });
    return first - m_names.begin() == index ? entry(index).section(QStringLiteral("  "), 1) : QString::number(index);
}

void ClassField::setPrompt(const QString& prompt) {
    setText(prompt);
    if (const int index = chosen(); index >= 0) setText(entry(index));
}

QString ClassField::problem() const {
    if (text().trimmed().isEmpty()) return tr("Choose a class first");
    if (chosen() >= 0) return {};
    return m_names.empty() ? tr("There is no class “%1”: give a number from 0 to %2").arg(text().trimmed()).arg(m_count - 1)
                           : tr("There is no class “%1”: choose one of the list, or a number from 0 to %2").arg(text().trimmed()).arg(m_count - 1);
}

}  // namespace tessera::ui
