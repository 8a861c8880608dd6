/**
 * Letter-to-sound rules, the method of Elovitz, Johnson, McHugh & Shore, "Letter-to-sound rules for automatic translation
 * of English text to phonetics" (NRL Report 7948, 1976), with a much smaller set of our own: two spellings only have to
 * come out alike where they sound alike.
 *
 * A line: what must stand before, the letters, what must stand after, their sounds (none: silent). The first line that
 * fits counts. Contexts are regular expressions against the whole of the word on that side; `-` is any, `+` one
 * consonant and a silent e ("lane", "wired").
 */
export const LETTER_TO_SOUND = `
- augh - AO
- aigh - EY
- air - EH R
- are (s|d)?$ EH R
.. ar d?s?$ ER
- arr - EH R
w ar - AO R
- ar - AA R
- ai - EY
- ay - EY
- au - AO
- aw - AO
- all - AO L
- al [kt] AO L
^ able - EY B AX L
.. able - AX B AX L
... age (s|d)?$ IH JH
^ a $ AX
- a (ste|nge|ble|tion) EY
- a + EY
[^aeiou] a $ AX
- a - AE
- bb - B
m b $
- bt - T
- b - B
- cch - K
- ch r K
- tch - CH
- ch - CH
- ck - K
- cc [eiy] K S
- cc - K
- ci [ao] SH
- c [eiy] S
- c - K
- dge (s|d)?$ JH
- dg [eiy] JH
- dd - D
- d - D
- eigh - EY
- ear $ IH R
- ear [ltn] ER
- ear - IH R
- eer - IH R
- ere $ IH R
- err - EH R
- er [iy] EH R
- er - ER
[hrt] ead - EH D
[hw] ea (th|v) EH
- ea - IY
- ee - IY
- eo $ IY AX
c ei - IY
- ei - EY
^[ghot]* ey $ EY
- ey - IY
- ew - UW
- eu - UW
[^aeioudt]*[pkfscx]h? ed $ T
[aeiou][^aeiou]*[td] ed $ IH D
[aeiou].*[^dt] ed $ D
(s|x|z|ch|sh|c|g) es $ IH Z
[aeiou][^aeiou]* es $ Z
[aeiouy][^aeiou]*[^aeiou] e $
[aeiou][^aeiou]+ e (ly|ment|ful|less)
[aeiou].* el $ AX L
[aeiou].* en s?$ AX N
[aeiou].* et s?$ AX T
- e [^aeiourwx]e$ IY
^[^aeiou]* e $ IY
- e - EH
- ff - F
o f $ V
- f - F
[aiou] gh -
- gg - G
^ gn - N
- gu [eiy] G
- g (et|iv|irl|ear) G
- g [eiy] JH
- g - G
- hour - AW ER
[rg] h -
- h [aeiouy] HH
- h -
- igh - AY
^[bfghkmr]?l? ind (s|er|ing)?$ AY N D
- ild s?$ AY L D
- ire (s|d)?$ AY ER
- ir [^aeiou]|^$ ER
- ique - IY K
^[^aeiou]* ie (s|d)?$ AY
- ie - IY
- ing s?$ IH NG
- ion - AX N
- i (ble|tle) AY
[aeiou].* i [vnct]e(s|d)?$ IH
- i + AY
- i $ AY
^ i [^aeiou][aeiou] AY
- ia - IY AX
- io - IY OW
- i - IH
- j - JH
^ kn - N
- k - K
- ll - L
[^aeiou] le (s|d)?$ AX L
(a|ou) l [mkd]
- l - L
- mm - M
- mn $ M
- m - M
- nn - N
- ng $|^s|^ing NG
- ng [aoul] NG G
- n k NG
- n - N
- ough t AO
- ough - OW
- oor - AO R
^[fypc]* our - AO R
- our $ AW ER
- our - AO R
- ore - AO R
w or [^ne] ER
... or s?$ ER
- or - AO R
- oo [kd](s|ed|ing)?$ UH
- oo - UW
- oa - OW
- oi - OY
- oy - OY
- ould - UH D
- oup - UW P
- ou (ble|ntr|sin) AH
^y ou $ UW
- ou - AW
(l|r|n|d) ow (s|er|ed)?$ OW
^[tsm]?h? ow s?$ OW
- ow - AW
- oe - OW
- old - OW L D
- olt - OW L T
^[mhp] ost - OW S T
^(n|s|d|m) o (ne|me|ther|nth|nk) AH
^(c|l|ab|gl) o (me|ve) AH
- o + OW
- o $ OW
[aeiou].*[stdr] on $ AX N
[aeiou].* om $ AX M
- o - AA
- ph - F
- pp - P
^ pn - N
^ ps - S
- p - P
- qu - K W
- q - K
- rr - R
- r - R
- sch - S K
- sh - SH
- sc [eiy] S
- ss - S
[aeiou] sion - ZH AX N
- sion - SH AX N
[aeiou] sure - ZH ER
[aeiou] s e$ Z
[eo] s $ Z
[bdglmnrvw] s $ Z
[aeiou] s [iy] Z
- s - S
- tion - SH AX N
- ture - CH ER
^ th (e$|is|at$|os|en$|er|ey|em|an$|ese|ough) DH
[aeiou] th er DH
- th - TH
- tt - T
s t (le|en)
- t - T
[rfj] ui - UW
[bg] ui - IH
- ur [^aeiou]|^$ ER
- ure - ER
- ue (s|d)?$ UW
- ule $ UW L
- u + UW
^[srlj] u [^aeiou][aeiou] UW
^(p|b|f) u (ll|t$|sh) UH
^m u s Y UW
^ u [^aeiou][aeiou] Y UW
- u - AH
- v - V
^ wh o HH
- wh - W
^ wr - R
- w - W
^ x - Z
- x - K S
^ y [aeiouy] Y
^[^aeiou]* y $ AY
- y $ IY
- y + AY
- y - IH
- zz - Z
- z - Z
`;
