/** Yes and no as tables say them, in the languages of those who send lists. */

/** English, German, French, Dutch, Spanish, Italian, Polish. */
const yes: ReadonlySet<string> = new Set(
  "true yes y t 1 x ja wahr j oui vrai o waar si sí verdadero s sì vero tak prawda".split(" "),
);
const no: ReadonlySet<string> = new Set(
  "false no n f 0 nein falsch non faux nee onwaar falso nie fałsz falsz".split(" "),
);

/** Undefined for any other word. */
export function yesOrNo(text: string): boolean | undefined {
  const word = text.trim().toLowerCase().normalize("NFC");
  return yes.has(word) ? true : no.has(word) ? false : undefined;
}
