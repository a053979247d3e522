/** What shells need to ask `netdojo __complete` what could come next. */

export const shells = ['bash', 'zsh', 'fish'] as const;
export type Shell = (typeof shells)[number];

// bash takes a colon for the end of a word, and the names of capture points hold one: the line is cut anew.
const bash = String.raw`# netdojo completion for bash: source <(netdojo completion bash)
_netdojo() {
  local line="${'$'}{COMP_LINE:0:COMP_POINT}" value rest word
  local -a words
  read -ra words <<< "$line"
  [[ "$line" == *[[:space:]] ]] && words+=("")
  word="${'$'}{words[${'$'}{#words[@]}-1]}"
  COMPREPLY=()
  while IFS=$'\t' read -r value rest; do
    if [[ "$value" == ":files" ]]; then
      compopt -o filenames
      mapfile -t -O "${'$'}{#COMPREPLY[@]}" COMPREPLY < <(compgen -f -- "$word")
    else
      [[ "$word" == *:* && "$COMP_WORDBREAKS" == *:* ]] && value="${'$'}{value#"${'$'}{word%"${'$'}{word##*:}"}"}"
      COMPREPLY+=("$value")
    fi
  done < <(netdojo __complete -- "${'$'}{words[@]:1}" 2>/dev/null)
}
complete -F _netdojo netdojo
`;

const zsh = String.raw`#compdef netdojo
# netdojo completion for zsh: source <(netdojo completion zsh)
_netdojo() {
  local line
  local -a values
  for line in "${'$'}{(@f)$(netdojo __complete -- "${'$'}{(@)words[2,CURRENT]}" 2>/dev/null)}"; do
    [[ -z "$line" ]] && continue
    if [[ "$line" == ":files" ]]; then _files
    else values+=("${'$'}{${'$'}{line%%$'\t'*}//:/\\:}:${'$'}{line#*$'\t'}")
    fi
  done
  (( $#values )) && _describe netdojo values
}
compdef _netdojo netdojo
`;

const fish = String.raw`# netdojo completion for fish: netdojo completion fish > ~/.config/fish/completions/netdojo.fish
function __netdojo_complete
  set -l before (commandline -opc)
  set -l word (commandline -ct)
  for line in (netdojo __complete -- $before[2..] "$word" 2>/dev/null)
    if test "$line" = ":files"
      __fish_complete_path "$word"
    else
      echo $line
    end
  end
end
complete -c netdojo -f -a '(__netdojo_complete)'
`;

export const completionScripts: Readonly<Record<Shell, string>> = { bash, zsh, fish };
