// @ts-check
/** Words that mean one step back and nothing else: the page keeps the steps, the server knows one recipe. */

const STEP_BACK = new Set([
  "undo", "undo it", "undo this", "undo that", "undo the last step", "undo the last change", "back", "go back", "go back one step", "step back", "one step back", "take that back",
  "revert", "revert it", "revert this", "revert that",
  "deshacer", "deshaz", "deshazlo", "deshaz eso", "atrás", "un paso atrás", "desfazer", "desfaz", "desfaz isso", "desfaça", "desfaça isso", "um passo atrás",
  "annuler", "annule", "annule ça", "en arrière", "rückgängig", "rückgängig machen", "mach rückgängig", "mach das rückgängig", "zurück", "einen schritt zurück",
  "annulla", "annulla questo", "indietro", "un passo indietro", "geri al", "bunu geri al", "отмени", "отменить", "отмени это", "назад", "шаг назад",
  "元に戻して", "取り消し", "取り消して", "戻して", "되돌려", "되돌려줘", "취소", "취소해줘", "撤销", "撤消", "取消", "退回一步", "تراجع", "تراجع عن ذلك", "בטל", "תבטל", "בטל את זה",
]);

/** @param {string} words */
export function meansStepBack(words) {
  const plain = words.normalize("NFC").toLowerCase().replace(/\bplease\b|\p{P}/gu, " ");
  return STEP_BACK.has(plain.trim().replace(/\s+/gu, " "));
}
