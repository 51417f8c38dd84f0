#include "app/cli/completionscripts.h"

namespace boxgate::cli {

namespace {

constexpr const char *Bash = R"sh(# boxgate completion for bash. Use: source <(boxgate completion bash)
_boxgate()
{
    local word=${COMP_WORDS[COMP_CWORD]} rest=$COMP_LINE line words=() paths=
    # Bash splits words at '=' and ':'; boxgate wants them whole, as blanks part them.
    local joined=() i glued
    for ((i = 0; i <= COMP_CWORD; i++)); do
        glued=yes
        while [[ $rest == [[:space:]]* ]]; do
            rest=${rest#?}
            glued=
        done
        rest=${rest#"${COMP_WORDS[i]}"}
        if ((i == 0)); then
            continue
        elif [[ $glued ]] && ((${#joined[@]})); then
            joined[-1]+=${COMP_WORDS[i]}
        else
            joined+=("${COMP_WORDS[i]}")
        fi
    done
    [[ $word == [=:] ]] && word=
    local lead=${joined[-1]%"$word"}
    while IFS= read -r line; do
        case $line in
            :files) paths=files ;;
            :directories) paths=directories ;;
            *) line=${line%%$'\t'*}; words+=("${line#"$lead"}") ;;
        esac
    done < <("${COMP_WORDS[0]}" __complete -- "${joined[@]}" 2>/dev/null)
    COMPREPLY=("${words[@]}")
    case $paths in
        files) compopt -o filenames; COMPREPLY+=($(compgen -f -- "$word")) ;;
        directories) compopt -o filenames; COMPREPLY+=($(compgen -d -- "$word")) ;;
    esac
}
complete -F _boxgate boxgate
)sh";

constexpr const char *Zsh = R"sh(#compdef boxgate
# boxgate completion for zsh. Use: source <(boxgate completion zsh), or save it as _boxgate in a directory of $fpath.
_boxgate()
{
    local line paths= word meaning
    local -a described
    while IFS= read -r line; do
        case $line in
            :files) paths=files ;;
            :directories) paths=directories ;;
            *)
                word=${line%%$'\t'*}
                meaning=
                [[ $line == *$'\t'* ]] && meaning=${line#*$'\t'}
                described+=("${word//:/\\:}:$meaning")
                ;;
        esac
    done < <("${words[1]}" __complete -- "${(@)words[2,CURRENT]}" 2>/dev/null)
    (( ${#described} )) && _describe -V boxgate described
    case $paths in
        files) _files ;;
        directories) _files -/ ;;
    esac
}
if [[ $funcstack[1] == _boxgate ]]; then
    _boxgate "$@"
else
    compdef _boxgate boxgate
fi
)sh";

constexpr const char *Fish = R"sh(# boxgate completion for fish. Use: boxgate completion fish | source
function __boxgate_complete
    set -l words (commandline -opc) (commandline -ct)
    for line in ($words[1] __complete -- $words[2..-1] 2>/dev/null)
        switch $line
            case :files
                __fish_complete_path (commandline -ct)
            case :directories
                __fish_complete_directories (commandline -ct)
            case '*'
                echo $line
        end
    end
end
complete -c boxgate -f -k -a '(__boxgate_complete)'
)sh";

} // namespace

QStringList completionShells()
{
    return {QStringLiteral("bash"), QStringLiteral("zsh"), QStringLiteral("fish")};
}

QString completionScript(const QString &shell)
{
    if (shell == QLatin1String("bash"))
        return QString::fromUtf8(Bash);
    if (shell == QLatin1String("zsh"))
        return QString::fromUtf8(Zsh);
    if (shell == QLatin1String("fish"))
        return QString::fromUtf8(Fish);
    return {};
}

} // namespace boxgate::cli
