// SPDX-License-Identifier: GPL-3.0-or-later
#include "models/table_text.h"

#include <functional>

namespace tessera::ui {
namespace {

QString plain(QString text) {
    if (text == u"–") return {};
    bool number = false;
    QString bare = text;
    bare.replace(QChar(0x2212), u'-').remove(QChar(0x2009));
    bare.toDouble(&number);
    return number ? bare : text;
}

QString joined(const QAbstractItemModel& table, const std::function<QString(QString)>& field, QChar between, const QString& end) {
    QList<int> sections;
    QStringList fields;
    for (int section = 0; section < table.columnCount(); ++section) {
        if (table.rowCount() > 0 && !table.index(0, section).data().isValid()) continue;
        sections << section;
        fields << field(table.headerData(section, Qt::Horizontal).toString());
    }
    QString text = fields.join(between) + end;
    for (int row = 0; row < table.rowCount(); ++row) {
        fields.clear();
        for (const int section : sections) fields << field(plain(table.index(row, section).data().toString()));
        text += fields.join(between) + end;
    }
    return text;
}

}  // namespace

QString tabSeparated(const QAbstractItemModel& table) {
    return joined(table, [](const QString& text) { return text; }, u'\t', QStringLiteral("\n"));
}

QString commaSeparated(const QAbstractItemModel& table) {
    const auto quoted = [](QString text) {
        const bool plain = !text.contains(u',') && !text.contains(u'"') && !text.contains(u'\n') && !text.contains(u'\r');
        return plain ? text : u'"' + text.replace(u'"', QStringLiteral("\"\"")) + u'"';
    };
    return joined(table, quoted, u',', QStringLiteral("\r\n"));
}

}  // namespace tessera::ui
