// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include <QAbstractItemModel>
#include <QString>

namespace tessera::ui {

/// A table's header and lines as text that other programs read: numbers with a plain minus sign and without spaces, absent ones empty. Sections that
/// hold pictures, no texts, are left out.
QString tabSeparated(const QAbstractItemModel& table);
/// RFC 4180.
QString commaSeparated(const QAbstractItemModel& table);

}  // namespace tessera::ui
