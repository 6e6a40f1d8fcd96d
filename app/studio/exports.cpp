// SPDX-License-Identifier: GPL-3.0-or-later
#include "exports.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QRegularExpression>
#include <QSaveFile>

#include <tessera/colour_map.h>

#include "choices.h"
#include "document.h"

namespace tessera::studio {

QString shellWord(const QString& text) {
    static const QRegularExpression harmless(QStringLiteral("^[A-Za-z0-9_./:=,@%+-]+$"));
    if (harmless.match(text).hasMatch()) return text;
    QString quoted = text;
    return u'\'' + quoted.replace(u'\'', QStringLiteral("'\\''")) + u'\'';
}

QString commandFor(const ui::Row& row, const ui::Column& column, const ui::ModelChoice& model) {
    if (row.request.path.empty()) return {};
    QStringList words{QStringLiteral("tessera")};
    if (model.precision != Precision::Auto) words << QStringLiteral("--precision") << nameOf(kPrecisions, model.precision);
    const QString path = shellWord(QString::fromStdString(row.request.path)), reference = shellWord(QString::fromStdString(model.reference));
    if (column.lens == "reconstruction") {
        words << QStringLiteral("reconstruct") << path << QStringLiteral("--model") << reference;
        for (const auto& [name, value] : column.parameters) words << QStringLiteral("--%1").arg(QString::fromStdString(name)) << shellWord(QString::fromStdString(toText(value)));
        words << QStringLiteral("--out") << QStringLiteral("out");
    } else {
        QStringList parameters;
        for (const auto& [name, value] : column.parameters) parameters << QString::fromStdString(name + '=' + toText(value));
        QString lens = QString::fromStdString(column.lens);
        if (!parameters.isEmpty()) lens += u':' + parameters.join(u',');
        words << QStringLiteral("render") << path << QStringLiteral("--model") << reference << QStringLiteral("--lens") << shellWord(lens) << QStringLiteral("--out")
              << shellWord(QFileInfo(row.name).completeBaseName() + u'-' + QString::fromStdString(column.lens) + QStringLiteral(".png"));
    }
    return words.join(u' ');
}

QImage imageOf(const Picture& picture) {
    const Image pixels = rendered(picture, picture.mapping, picture.legend.value_or(Legend()));
    const auto& samples = std::get<SharedArray<std::uint8_t>>(pixels.samples());
    const QImage view(samples.span().data(), pixels.width(), pixels.height(), qsizetype(pixels.width()) * 3, QImage::Format_RGB888);
    return view.copy();
}

std::shared_ptr<const Picture> currentPicture(const Document& document) {
    const ui::RowId row = document.session.currentRow();
    return document.session.find(row) ? document.board.cell(row, document.session.currentColumn()).picture : nullptr;
}

QString exportName(const Document& document) {
    const ui::Row* row = document.session.find(document.session.currentRow());
    if (!row) return {};
    const std::string& lens = document.session.columns()[document.session.currentColumn()].lens;
    return QStringLiteral("%1 %2.png").arg(QFileInfo(row->name).completeBaseName(), QString::fromStdString(lens));
}

QString exportPicture(const Document& document, const QString& path) {
    const auto tr = [](const char* text) { return QCoreApplication::translate("Exports", text); };
    const auto picture = currentPicture(document);
    if (!picture) return tr("There is no picture to export yet");
    QImage image = imageOf(*picture);
    const ui::Session& session = document.session;
    image.setText(QStringLiteral("Software"), QStringLiteral("Tessera " TESSERA_VERSION));
    const QString command = commandFor(*session.find(session.currentRow()), session.columns()[session.currentColumn()], session.model());
    if (!command.isEmpty()) image.setText(QStringLiteral("Command"), command);
    QSaveFile file(path);
    if (file.open(QIODevice::WriteOnly) && image.save(&file, "PNG") && file.commit()) return {};
    return tr("%1 cannot be written: %2").arg(QFileInfo(path).fileName(), file.errorString());
}

}  // namespace tessera::studio
