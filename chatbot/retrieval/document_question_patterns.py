"""The patterns of questions about documents, by page language.

A language has its words and its patterns. In a pattern, `D` stands for documents in general or of a
format, `N` for a document of some kind, `HAVE` for "do you have", `IN` for an optional "in the
corpus", `X` for the subject and `Y` for a year. A pattern matches a whole question without its
final mark, in lower case. "contents" asks what a document is about, and means the same as
"summary".
"""

from __future__ import annotations

from typing import Final

_NEWEST: Final = "(?:newest|latest|most recent|last)"
_OLDEST: Final = "(?:oldest|earliest|first)"
_WHAT_IS: Final = "(?:what|which)(?: (?:N))?(?: is|'s| was| are)(?: the| your)?"
_ENGLISH: Final = {
    "D": "documents?|docs|files?|sources|documentation",
    "N": (
        "documents?|docs?|files?|papers?|reports?|articles?|briefs?|memos?|mails?|e-?mails?|"
        "letters?|messages?|presentations?|slides|spreadsheets?|notes?|memorand(?:um|a)|briefings?"
    ),
    "HAVE": (
        "(?:do you|can you) (?:have|know|search|contain|read|use)|have you got|"
        "are (?:there|here|available|included|indexed|loaded)|can i (?:ask|search|ask about)"
    ),
    "IN": "(?: (?:in|from) (?:the|this|your|our) (?:corpus|collection|index|library|folder))?",
}
LANGUAGES: Final[tuple[tuple[dict[str, str], dict[str, tuple[str, ...]]], ...]] = (
    (
        _ENGLISH,
        {
            "list": (
                "(?:what|which) (?:D) (?:HAVE)IN",
                (
                    "(?:list|show|show me|list me)(?: all| all of)?(?: the| your| our)? (?:D)"
                    "(?: you have)?IN"
                ),
                "(?:do you have|have you got|are there)(?: any)? (?:D)IN",
                "what(?: is|'s) in (?:the|this|your|our) (?:corpus|collection|index|library)",
                (
                    "(?:what|which) (?:N) (?:are|were|do you have)"
                    "(?: (?:dated|written|published|issued|released|sent|made))? (?:from|in) Y"
                ),
                "(?:list|show|show me)(?: all)?(?: the)? (?:N) from Y",
            ),
            "newest": (
                f"{_WHAT_IS} {_NEWEST}(?: (?:N|one))?(?: you have)?IN",
                f"(?:show|show me|list)(?: the| your)? {_NEWEST} (?:N)(?: you have)?IN",
                f"(?:who (?:wrote|sent)|when was) the {_NEWEST} (?:N)IN(?: (?:written|sent))?",
            ),
            "oldest": (f"{_WHAT_IS} {_OLDEST}(?: (?:N|one))?(?: you have)?IN",),
            "count": (
                "how many (?:D) (?:HAVE)IN",
                "how many (?:D) are in (?:the|this|your) (?:corpus|collection|index|folder)",
                "how many (?:D) (?:are|were)(?: (?:dated|written|published|sent))? (?:from|in) Y",
            ),
            "formats": (
                "(?:what|which) (?:kinds?|types?|sorts?|formats?) of (?:D)(?: (?:HAVE))?IN",
                "(?:what|which) (?:file|document) (?:types|formats|kinds) (?:HAVE)IN",
            ),
            "author": (
                (
                    "who (?:wrote|authored|sent|is the author of|was the author of|"
                    "are the authors of|is the sender of) X"
                ),
            ),
            "date": (
                "when was X (?:published|written|sent|dated|issued|released)",
                "when did X (?:appear|come out)",
                "what is the (?:publication )?date of X",
            ),
            "topic": (
                (
                    "(?:what|which) (?:N) (?:are(?: there)?|do you have|have you got) "
                    "(?:on|about|concerning) X"
                ),
                "(?:do you have|are there|have you got)(?: any)? (?:N) (?:on|about|concerning) X",
                "is there (?:a|an|any) (?:N) (?:on|about|concerning) X",
                "(?:list|show|show me|find)(?: all)?(?: the)? (?:N) (?:on|about|concerning) X",
            ),
            "mention": (
                (
                    "(?:which|what|how many) (?:N) (?:mention|contain|name|refer to|discuss)"
                    "(?: the (?:words?|terms?|names?|phrase))? X"
                ),
                (
                    "(?:list|show|show me|find)(?: all)?(?: the)? (?:N) "
                    "(?:mentioning|containing|that (?:mention|contain|name|refer to)) X"
                ),
                "(?:in )?(?:which|how many) (?:N) (?:is|are) X (?:mentioned|named)(?: in)?",
            ),
            "summary": (
                "(?:summari[sz]e|sum up|tl;?dr:?) X",
                "(?:give me |show me |write )?an? (?:short |brief )?(?:summary|overview) of X",
            ),
            "contents": ("what is X about",),
            "greeting": (
                (
                    "(?:hi|hello|hey|good (?:morning|afternoon|evening|day)|greetings)"
                    "(?: there| everyone| chatbot)?"
                ),
            ),
            "thanks": (
                (
                    "(?:many )?(?:thanks|thank you|thx|cheers)"
                    "(?: a lot| very much| so much| for your help| again)?"
                ),
            ),
            "help": (
                (
                    "(?:what can you do|help|help me|how do you work|who are you|what are you|"
                    "are you (?:an? )?(?:ai|bot|chatbot|robot|human|person|language model|llm)|"
                    "what can i (?:ask(?: you| here)?|do here)|how can you help(?: me)?)"
                ),
            ),
        },
    ),
    (
        {
            "D": "dokumente|dateien|quellen|unterlagen",
            "N": (
                "dokumente?n?|dateie?n?|berichte?|artikel|papiere?|e-?mails?|mails?|briefe?|memos?|"
                "nachrichte?n?|präsentatione?n?|tabellen?|notize?n?|vermerke?|studien?"
            ),
            "HAVE": (
                "hast du|haben sie|habt ihr|gibt es|kennst du|kennen sie|"
                "sind (?:vorhanden|verfügbar|enthalten|da|indexiert)"
            ),
            "IN": "(?: (?:hier|im (?:korpus|index|ordner)|in der sammlung))?",
        },
        {
            "list": (
                "(?:welche|was für) (?:D) (?:HAVE)IN",
                "(?:zeige?|liste?|nenne)(?: mir)?(?: alle)?(?: die)? (?:D)(?: auf)?",
                "welche (?:N) (?:sind|stammen) (?:von|aus) Y",
            ),
            "newest": ("(?:was|welche[rs]?) ist (?:das|die|der) (?:neue?ste|letzte) (?:N)",),
            "count": ("wie ?viele (?:D) (?:HAVE)IN",),
            "formats": (
                (
                    "(?:welche|was für) (?:arten|typen|formate)(?: von)? (?:D|dokumenten)"
                    "(?: (?:HAVE))?IN"
                ),
                "welche (?:dateiformate|dateitypen|dateiarten|dokumentarten) (?:HAVE)IN",
            ),
            "author": (
                (
                    "wer (?:hat|schrieb|verfasste|schickte) X"
                    "(?: (?:geschrieben|verfasst|geschickt|gesendet|gesandt))?"
                ),
                ("wer ist (?:der|die) (?:autor|verfasser|absender)(?:in)? (?:von|der|des) X"),
            ),
            "date": (
                (
                    "wann (?:wurde|ist) X (?:veröffentlicht|geschrieben|verfasst|geschickt|"
                    "gesendet|erschienen)(?: worden)?"
                ),
                "wann erschien X",
            ),
            "topic": (
                "welche (?:N) (?:gibt es|hast du|haben sie) (?:über|zu|zum thema) X",
                "(?:gibt es|hast du|haben sie) (?:N) (?:über|zu|zum thema) X",
            ),
            "mention": (
                "(?:welche|wie ?viele) (?:N) (?:erwähnen|nennen|enthalten) X",
                "in (?:welchen|wie ?vielen) (?:N) (?:wird|werden) X (?:erwähnt|genannt)",
            ),
            "summary": (
                "fass(?:e|en sie)?(?: mir)?(?: bitte)? X zusammen",
                "(?:eine )?(?:kurze )?zusammenfassung (?:von|der|des) X",
            ),
            "contents": ("worum geht es in X",),
            "greeting": ("(?:hallo|guten (?:tag|morgen|abend)|moin|servus|grüß gott)",),
            "thanks": ("(?:danke|vielen dank|danke schön|dankeschön|besten dank)(?: sehr)?",),
            "help": (
                (
                    "(?:was kannst du|was können sie|hilfe|wie funktioniert das|wer bist du|"
                    "wer sind sie|was kann ich (?:hier )?fragen)"
                ),
            ),
        },
    ),
    (
        {
            "D": "documents|fichiers|sources",
            "N": (
                "documents?|fichiers?|rapports?|articles?|notes?|courriels?|e-?mails?|mails?|"
                "lettres?|messages?|présentations?|mémos?"
            ),
            "HAVE": (
                "avez-vous|as-tu|y a-t-il|sont (?:disponibles|inclus|indexés)|connaissez-vous|"
                "vous avez|tu as"
            ),
            "IN": "(?: ici| dans (?:le corpus|l'index|la collection))?",
        },
        {
            "list": (
                "quels (?:D) (?:HAVE)IN",
                "(?:liste[rz]?|montre[rz]?|montrez-moi)(?: tous)?(?: les)? (?:D)",
                "quels (?:N) (?:datent de|sont de) Y",
            ),
            "newest": (
                "quel(?:le)? est (?:le dernier|la dernière) (?:N)",
                "quel(?:le)? est (?:le|la) (?:N) (?:le|la) plus récente?",
            ),
            "count": ("combien de (?:D) (?:HAVE)IN",),
            "formats": ("quels (?:types|formats|sortes) de (?:D)(?: (?:HAVE))?IN",),
            "author": (
                "qui a (?:écrit|rédigé|envoyé) X",
                "qui est l'(?:auteur|autrice|expéditeur|expéditrice) d(?:e|u) X",
            ),
            "date": ("quand X a(?:-t-(?:il|elle))? été (?:publiée?|écrite?|envoyée?|rédigée?)",),
            "topic": ("quels (?:N) (?:avez-vous|as-tu|y a-t-il|portent) sur X",),
            "mention": ("(?:quels|combien de) (?:N) (?:mentionnent|contiennent|citent|nomment) X",),
            "summary": (
                "résume(?:z|r)?(?:-moi)? X",
                "(?:un )?(?:bref )?résumé d(?:e|u) X",
            ),
            "contents": ("de quoi parle X",),
            "greeting": ("(?:bonjour|bonsoir|salut)",),
            "thanks": ("merci(?: beaucoup| bien)?",),
            "help": (
                (
                    "(?:que (?:peux-tu|pouvez-vous) faire|aide|aidez-moi|comment ça marche|"
                    "qui (?:es-tu|êtes-vous))"
                ),
            ),
        },
    ),
    (
        {
            "D": "документы|документов|файлы|файлов|источники|источников",
            "N": (
                "документы?|документа|документе|файлы?|файла|отчёты?|отчеты?|отчёта|отчета|статьи|"
                "статью|статья|письма|письмо|записки|записку|доклады?|доклада|сообщения|сообщение"
            ),
            "HAVE": "(?:у (?:вас|тебя) )?(?:есть|имеются)|доступны|здесь есть",
            "IN": "(?: (?:в (?:корпусе|индексе|коллекции)|здесь|у вас))?",
        },
        {
            "list": (
                "какие (?:D) (?:HAVE)IN",
                "какие (?:у (?:вас|тебя) )?(?:есть )?(?:D)",
                "(?:покажи(?:те)?|перечисли(?:те)?)(?: мне)?(?: все)? (?:D)",
                "какие (?:N) (?:от|за) Y(?: года?)?",
            ),
            "newest": ("как(?:ой|ая|ое) (?:самый новый|самая новая|последн(?:ий|яя|ее)) (?:N)",),
            "count": (
                "сколько (?:D)(?: (?:HAVE))?IN",
                "сколько (?:у (?:вас|тебя) |здесь )(?:есть )?(?:D)",
            ),
            "formats": (
                "какие (?:типы|виды|форматы) (?:D)(?: (?:HAVE))?IN",
                "какого типа (?:D)(?: (?:HAVE))?IN",
            ),
            "author": ("кто (?:написал|отправил|прислал|автор|является автором) X",),
            "date": ("когда (?:был|была|было) (?:опубликован|написан|отправлен)[ао]? X",),
            "topic": ("какие (?:N) (?:есть )?(?:о|об|про|по теме) X",),
            "mention": ("(?:какие|сколько) (?:N) (?:упоминают|содержат|называют) X",),
            "summary": (
                "(?:резюмируй|резюмируйте|кратко изложи|кратко изложите) X",
                "(?:краткое )?содержание X",
            ),
            "contents": ("о чём X",),
            "greeting": ("(?:привет|здравствуй(?:те)?|добрый (?:день|вечер)|доброе утро)",),
            "thanks": ("(?:спасибо|благодарю)(?: большое| вас)?",),
            "help": ("(?:что (?:ты|вы) (?:умеешь|умеете)|помощь|помоги(?:те)?|кто (?:ты|вы))",),
        },
    ),
    (
        {
            "D": "文档|文件|资料|来源",
            "N": "文档|文件|报告|文章|邮件|备忘录|论文|演示文稿|表格",
            "HAVE": "",
            "IN": "",
        },
        {
            "list": (
                "(?:你|您|这里)?(?:都)?有(?:哪些|什么)(?:D)",
                "(?:有)?哪些(?:D)",
                "(?:列出|显示)(?:所有|全部)?(?:的)?(?:D)",
                "(?:有)?哪些(?:N)是Y年的",
            ),
            "newest": ("最新的(?:N)是(?:什么|哪(?:个|份|篇|一个|一份|一篇))",),
            "count": ("(?:你|您|这里|一共|总共)*有?(?:多少|几)(?:个|份|篇)?(?:D)",),
            "formats": ("(?:你|您|这里)?有?(?:哪些|什么)(?:类型|格式|种类)的(?:D)",),
            "author": ("谁(?:写了|写的|发送了|发了|寄了) ?X", "X(?:是谁写的|的作者是谁|是谁发的)"),
            "date": ("X(?:是)?(?:什么时候|何时)(?:发布|发表|写|发送|出版)的?",),
            "topic": ("(?:有)?(?:哪些|什么)关于 ?X ?的(?:N)",),
            "mention": ("(?:有)?(?:哪些|多少)(?:个|份|篇)?(?:N)(?:提到|提及|包含)(?:了)? ?X",),
            "summary": ("(?:请)?(?:总结|概括|概述)(?:一下)? ?X",),
            "contents": ("X(?:讲|说)(?:的是|了)什么",),
            "greeting": ("(?:你好|您好|早上好|晚上好|嗨)",),
            "thanks": ("(?:谢谢|多谢|感谢)(?:你|您)?",),
            "help": ("(?:你|您)(?:能做什么|会做什么|是谁)|帮助|怎么用",),
        },
    ),
)
