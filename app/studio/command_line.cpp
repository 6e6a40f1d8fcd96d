// SPDX-License-Identifier: GPL-3.0-or-later
#include "command_line.h"

#include <QRegularExpression>

namespace tessera::studio {
namespace {

constexpr const char* kHelp =
    "Tessera studio: see what visual tokenizers see\n"
    "\n"
    "Usage: tessera-studio [OPTIONS] [IMAGE|TOKENS|FOLDER|MODEL|SESSION.tessera...]\n"
    "\n"
    "Without files the board comes back as the last studio left it.\n"
    "\n"
    "  --model M        name of a built-in model, or the path of a checkpoint file or folder\n"
    "  --device D       auto, cpu, cuda or cuda:N\n"
    "  --precision P    auto, fp32, bf16 or fp16\n"
    "  --size N         shorter side of the model's input in pixels; 0 keeps the picture's own\n"
    "  --threads N      CPU threads; 0 uses all cores\n"
    "  --theme T        system, dark or light\n"
    "  --version        print the version and end\n"
    "  --help           print this and end\n";

constexpr int kLargestSize = 8192, kMostThreads = 1024;

EndAtOnce refused(const QString& what) {
    return {QStringLiteral("tessera-studio: %1: see tessera-studio --help\n").arg(what), 2};
}

}  // namespace

std::variant<StartOptions, EndAtOnce> parseCommandLine(const QStringList& arguments) {
    static const QRegularExpression deviceName(QStringLiteral("^(auto|cpu|cuda(:\\d{1,3})?)$"));
    static const QStringList withValue{"--model", "--device", "--precision", "--size", "--threads", "--theme"};
    StartOptions options;
    bool onlyPaths = false;
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        const QString& argument = arguments[i];
        if (onlyPaths || !argument.startsWith(u'-') || argument == u"-") {
            options.paths << argument;
            continue;
        }
        if (argument == u"--") {
            onlyPaths = true;
            continue;
        }
        if (argument == u"--help" || argument == u"-h") return EndAtOnce{QString::fromLatin1(kHelp), 0};
        if (argument == u"--version") return EndAtOnce{QStringLiteral("tessera-studio " TESSERA_VERSION "\n"), 0};
        const qsizetype equals = argument.indexOf(u'=');
        const QString name = argument.left(equals);
        if (!withValue.contains(name)) return refused(QStringLiteral("unknown option %1").arg(argument));
        QString value;
        if (equals >= 0) {
            value = argument.mid(equals + 1);
        } else if (i + 1 < arguments.size()) {
            value = arguments[++i];
        }
        if (value.isEmpty()) return refused(QStringLiteral("%1 needs a value").arg(name));
        if (name == u"--model") {
            options.model = value;
        } else if (name == u"--device") {
            if (!deviceName.match(value).hasMatch()) return refused(QStringLiteral("--device is auto, cpu, cuda or cuda:N, not \"%1\"").arg(value));
            options.device = value;
        } else if (name == u"--precision") {
            options.precision = valueNamed(kPrecisions, value);
            if (!options.precision) return refused(QStringLiteral("--precision is one of %1, not \"%2\"").arg(namesOf(kPrecisions), value));
        } else if (name == u"--theme") {
            options.theme = valueNamed(kThemes, value);
            if (!options.theme) return refused(QStringLiteral("--theme is one of %1, not \"%2\"").arg(namesOf(kThemes), value));
        } else {
            const int highest = name == u"--size" ? kLargestSize : kMostThreads;
            bool isNumber = false;
            const int number = value.toInt(&isNumber);
            if (!isNumber || number < 0 || number > highest) return refused(QStringLiteral("%1 is 0 to %2, not \"%3\"").arg(name).arg(highest).arg(value));
            if (name == u"--size") options.size = number;
            else options.threads = number;
        }
    }
    return options;
}

}  // namespace tessera::studio
