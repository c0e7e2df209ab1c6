"""French: the words that people text, by what they tell. What its parts mean stands in `vocabulary.py`."""

from __future__ import annotations

from collections.abc import Mapping

from core.sms.signs import Cue, Sign

SAID: Mapping[Sign, str] = {
    Sign.PAY: """
        payer paye paie payez payons paies paient payent paiement reglez reglons versez versons regler reglement verser
        versement
    """,
    Sign.PAID: "payee envoye verse envoyes depose transfere payes verses versee deposes deposee transferes",
    Sign.WILL_PAY: """
        paierai payerai paiera payera paierais effectuerai paierons payerons reglerai reglerons verserai verserons
        enverrai rembourserai jpaierai jpayerai apporterai apporterons
    """,
    Sign.BALANCE: "solde soldes reliquat",
    Sign.OWE: """
        dois devons doit manque reste restent restant restante restants dette dettes arrieres impaye impayes
        echeance mensualite mensualites
    """,
    Sign.STATEMENT: "releve releves historique liste recapitulatif paiements versements reglements rapport rapports",
    Sign.LOAN: "pret prets credit credits emprunts echeance mensualite mensualites",
    Sign.BORROW: "emprunter emprunte emprunt preter pretez prete avancez",
    Sign.WISH: """
        demande demander demandons voudrais voudrions veux veu voulons souhaite souhaitons souhaiterais souhaiterions
        desire desirons desirerais aimerais aimerions besoin cherche cherchons sollicite sollicitons solliciter obtenir
        avoir prefere
    """,
    Sign.PROMISE: "promesse promets promettre promettons promis engage",
    Sign.RECEIPT: "quittance quittances recu recus bordereau",
    Sign.REFUND: "remboursement rembourser remboursez rembourse rendez rendre restituer restituez recuperer restitution surplu",
    Sign.MOVE: """
        deplacer deplacez transferer transferez basculer basculez reaffectez reaffecter redirigez rediriger
    """,
    Sign.HELP: "aide aidez aider explique expliquez expliquer",
    Sign.LANGUAGE: "langue francais anglais",
    Sign.WHERE: "ouest affiche",
    Sign.MONEY: "argent argentparti sous virement",
    Sign.YES: """
        oui ouais confirmer daccord confirme confirmons accepte acceptons faitesle vasy allezy continuez poursuivez
    """,
    Sign.NO: "non annuler annule annulez",
    Sign.NOT: "ne pas jamais",
    Sign.SETTLE: """
        solder depot deposer acquitter acquitte prelevez prelever preleve prenez prends prendre preniez preleviez
        debitiez retiriez enleviez envoie apporte debitez debiter debite acompte avance virement lancez lancer cotiser
        cotise cotisation encaissez encaisser encaisse deposez deposons acquittez acquittons cotisez cotisons envoyons
        enlevez enlever enleve retirez retirer retire tirez tirer tire coupez couper coupe ponctionnez ponctionner
        percevez percevoir puisez puiser mettez mets mettre ajoutez ajouter
    """,
    Sign.CAME: """
        arrive arrivee arrives parvenu parvenus apparait apparaissent recevez vois tombe tombes tombee tombent
        enregistre enregistree credite creditee credites
    """,
    Sign.LEFT: """
        debitee parti sorti disparu partis parties partie argentparti debites debitees preleves prelevee prelevees
        retiree retires
    """,
    Sign.MUCH: "combien cmb combn kombien",
    Sign.FEE: "frais scolarite trimestre minerval ecolage facture factures",
    Sign.KNOW: "savoir connaitre montrez montrer voir consulter situation etat",
    Sign.NEW: "nouveau nouvel",
    Sign.GENUINE: """
        vrai vraie faux fausse authentique valable valide votres delivree delivre emis emise authentifiez authentifier
    """,
    Sign.SAME: "inchange inchangee inchanges",
    Sign.ALL: "tout toute tous toutes totalite",
    Sign.MINE: "monpaiement",
    Sign.WOULD: """
        serait resterait finirait diminuerait baisserait changerait terminerait economiserait resteraient finira
    """,
    Sign.PUT: """
        corrigez corriger rectifiez rectifier affectez affecter imputez imputer attribuez attribuer mettez changez
        changer mettre mets passez erreur mauvais mauvaise trompe trompee metez
    """,
    Sign.IF_PAID: "simuler simulation simulez simule economise economiserai economiserais economiser",
    Sign.WAIT: "patienter patience patientez attendez attendre jusqu",
}
CUES: Mapping[Cue, str] = {
    Cue.ACCOUNT: "compte",
    Cue.BUT: "mais toujours",
    Cue.CLEARS: "solder acquitter",
    Cue.COUNTED: """
        mois semaine semaines jour jours trimestre classe enfants eleves fois annee annees heures heure minutes ans sacs
        sac tranche tranches
    """,
    Cue.DECIDED: "approuve accorde refuse",
    Cue.DOUBTS: "si ou",
    Cue.FOR: "pour pr",
    Cue.HELP: "aide",
    Cue.LESSON: "examen examens livre livres professeur prof maitre maitresse cours devoir devoirs note notes echoue reussi lecon",
    Cue.BADLY: "mal peu",
    Cue.DENIES: "plus sans arretez cessez rien",
    Cue.ONLY: "seulement uniquement",
    Cue.OTHERS: "il elle ils elles qui",
    Cue.PLEASE: "svp stp s",
    Cue.READS: "lis comprends parle",
    Cue.WHY: "pourquoi",
    Cue.LATER: "desque",
    Cue.MY: "mon mes nos",
    Cue.OF: "numero",
    Cue.PAID_BACK: "rembourser rembourse remboursement",
    Cue.PAYMENT: "paiement reglement versement",
    Cue.PAYMENTS: "paiements versements",
    Cue.PERIOD: "annee trimestre",
    Cue.PUTS: "mettez mettre mets ajoutez ramenez metez",
    Cue.SHOWN: "liste",
    Cue.WHAT: "quel quels quelle quelles",
    Cue.WHEN: "quand",
}
POLITE = """
    je j pour le la les de du des mon ma mes svp s il vous plait merci a au un une et est elle ce cette enfant eleve
    frais scolarite combien quel quelle moi envoyez envoyer verifier changer si ai vais t compte sur vers l d que rien
    mais pas vraie vrai rester qu maintenant bonjour bonsoir salut allo coucou monsieur madame mademoiselle mme mr
    messieurs dame papa maman tonton tata tantie tante oncle frere soeur fils garcon cher chere chers cheres ami amie
    amis chef patron boss patronne directeur directrice comptable caisse caissier caissiere intendant econome tresorier
    tresoriere beaucoup infiniment dieu seigneur eternel gloire benisse benissent benie beni protege amen salutations
    respects hommages respect bonne bon journee soiree nuit cordialement respectueusement chretien christ enfants notre
    nos vos votre petit petite eleves pere mere grand ici aussi bien donc alors stp cest jai veuillez priere mercis
    tuteur tutrice parrain marraine tous toute equipe excusez excuse famille pardon en fille te
"""
COMMON = """
    reunion jour suis ouvre ouvrez ferme heure sujet convoyeur rentree renvoyez vos nos passerai viendrai viendra
    viendrons passer penser parler marche manger porter rester sera serai fera ferai verra pardon monsieur madame maman
    papa bonsoir merci beaucoup toujours encore deja pourquoi comment quand avec sans mais donc alors trop tres bien
    aussi autre autres mois semaine matin soir donne donnez faire fait dire dit aller venir malade ecole classe maison
    travail telephone numero renvoye renvoyee renvoyes renvoyer chasse chassee chasses fils fievre appelez rappelez
    appelle sont ont cas premier premiere histoire egalement eux droit aime aimer aimez sens dis pres pris debut debuts
    loin vue francaise francaises francois lire voix mode vas vieux demi lit voie voies marque repondre sept longue tot
    dos vis projet projets carriere sert permettre parlement venu venus perte verre communes appareil dents don rentre
    tenter sois vecu agent dure repas soutenir langues pape blanc blancs race reellement tour tours record peter debat
    langage archives tort retourne entiere mont solide nee sucre senat enfer mene recit aise lis leve refus toit yves
    pars romain expert accent poete defi effectuer effectue paire prit transformer annuel annuelle procede proceder
    prefet verte moto chant masque ose restes relever reserves parvenir acide recul restait traverse blanches prie bail
    banc vols aile hall ment tarif trous senti versions rendue sols rendement purement argument opinions neveu niece
    cousin cousine oncle tante frere soeur mari femme voisin voisine grand petit petite enfants uniformes cahier
    cartable cantine quelles quels chez chaque depuis pendant ensuite apres avant demain hier patients patiente apporter
    prochain prochaine veuf veuve soyez salaire hopital retard obtenu avis cote qui par se ca tu ou ils sa aux ete ses
    lui ces va ans peu te bon vie toi ton as es ici vu eu mal fin cet ta nom jeu eau tes loi pu fut mis bas rue sud mai
    mot roi feu mer ami ah luc eva foi guy pin tel dun dus max min net cr eh bah mat jan avr aout juil juin oct nov dec
    tps vrm qqc ho mm lot fc tva vraiment nouvelles veut surtout accord notamment beau belle simple voit voient voyez
    partout poste postes present presente presenter economique economie economies changement regles calme camp dessous
    journaliste cafe the remettre ame atteindre surement indique indiquer alle allee allees bar vetements constitue
    commande commandes presentation realisation alliance passion passent doigt doigts jusque lie liee reconnaitre bloc
    inverse debats reputation traces transition rapporte attendent demandent demandez demandes pretre pretres assis
    assise assiste assistant assistante enregistrement organise organisee paysage paysan paysans paysanne representer
    vivement chercher cherchent cherchez laissent sons restee prevoir demontrer prononce cave contribue annonces avancee
    helas romains transformee chaussee chaussures indices pretend conforme aire arrets cage pretendre pate verres apport
    dors franchise partiellement soumettre chercheur lave laver refusent refuse continuite rende rendra rendent rendront
    manques manquez manquent aine ainee aines avent ait soient tomber tombera confirmation nouvelle recommande remercie
    remercier remercions espere esperons souhaits prions supplie deuil deces decede mort morte enterrement mariage dot
    bapteme messe eglise paroisse pasteur priere culte village champ champs recolte saison pluie pluies boutique
    commerce client clients vache vaches chevre chevres poules haricots manioc riz tomates taxi bus route pont voyage
    ville maitre maitresse professeur prof profs surveillant bulletin examen examens points notes note devoir devoirs
    sortie punition uniforme vacances conge conges reseau courant batterie argentin medicament medicaments docteur
    clinique dispensaire accouche bebe hospitalise hospitalisee guerison sante fete noel paques anniversaire voleur
    voleurs escroc escrocs prix coute coutent cher achete acheter vendre vendu vends vendons reponds reponse rappelle
    rappelles ecrire ecrit ecris appeler appele appelee tranche mensualite echeance echeances interet interets taux
    garantie avaliseur agents guichet banque pension bourse prime revient revenu revenue retournee quitte quittee
    rentrera rentrent entre entree entrees papier papiers enveloppe preuve temps trouver trouve trouvez region regions
    parent parents aient desir desirs delire demandant attirer recherche recherches apprendre apprends apprenez apprend
    completement emission processus besoins engagement sors tome realisee terminee terminees termine passera transforme
    continu ayez francoise solides enregistrer appart parente verset versets paris attire couple tirage coupure voisins
    voisines retrouver retrouve revoir suivre suivi cherchait
"""
PASSING = """
    doit envoye envoyes enverrai enverrons apporterai rendre rendez rendu recuperer liste reste restent
    restant partie parti sorti disparu arrive arrivee arrives depose deposer transferer
"""
SHORT: Mapping[str, str] = {
    "veux": "vx jveux jvx jveu jve jveut",
    "payer": "pyr peyer payr",
    "pour": "pr",
    "vous": "vs vou jvous jvs",
    "toujours": "tjrs tjs",
    "jours": "jrs",
    "combien": """
        cb kmbien cbien cmbien cmbn cmbin kbien kbn cbn combn comben conbien konbien combient combiens cmbein combie
    """,
    "solde": "sld",
    "bonjour": "bjr bj bjour bonjr bnjr bnj bjrs bjrr bonj",
    "bonsoir": "bsr bsoir bonswar bswar bnsoir",
    "donc": "dc",
    "quand": "qd kan",
    "pourquoi": "pck pq pk",
    "recu": "rcu",
    "svp": "stp svpl s.v.p stplait silvouple silvouplait svouplait siouplait silteplait sivouple",
    "voudrais": "voudrai jvoudrais jvoudrai voudrait",
    "mon": "mn",
    "maintenant": "mtn mnt",
    "apres": "aprs apre",
    "tout": "tt",
    "tous": "ts",
    "salut": "slt",
    "desole": "dsl",
    "quoi": "koi qoi quoa kwoi",
    "beaucoup": "bcp",
    "qui": "ki",
    "que": "ke",
    "faut": "fo",
    "daccord": "dak dac",
    "suis": "chui jsuis jsui jss",
    "dans": "ds",
    "mais": "ms",
    "comment": "cmment cmt",
    "dois": "jdois jdoi jdoit jdwa",
    "paye": "jpaye jpay peye",
    "paie": "jpaie jpai",
    "verser": "jverse jregle jdepose",
    "envoie": "jenvoie jenvoi jenvois jenvoye",
    "vais": "jvais jvai",
    "peux": "jpeux jpeu",
    "demande": "jdemande",
    "cherche": "jcherche",
    "accepte": "jaccepte jaccept",
    "confirme": "jconfirme",
    "promets": "jpromets jpromet",
    "attends": "jattends jatten",
    "jamais": "jms jamai",
    "argent": "largent dargent arjan larjan argen",
    "ecole": "lecole ekol lekol",
    "anglais": "langlais",
    "agent": "lagent",
    "enfant": "lenfant",
    "eleve": "leleve",
    "telephone": "tel",
    "numero": "num",
    "message": "msg mesg",
    "deja": "dja deha",
    "merci": "mrc mrci mersi merki mci",
    "prochain": "prchain prochin prochen",
    "paiement": "paiemen paiment payement paimen pment paiemt",
    "versement": "versemnt versmt versemen",
    "remboursement": "rembourst remboursemen",
    "releve": "rlve relve rlv releves",
    "vraiment": "vrmt vrm vrment",
    "aide": "laide",
    "reste": "rst",
    "montant": "mt mtant montan",
    "oui": "ouii ouiii ouiiii wi wii woui ui oue ouai",
    "non": "nn nnn nonn",
    "vingt": "vint ving",
    "mille": "milles",
    "cinq": "sinq cink",
    "quinze": "kinz kinze quinz",
    "trente": "trante trent",
    "quarante": "karante quarant",
    "cinquante": "cinkante cinquant sinkante",
    "deux": "deu",
    "trois": "troi trwa",
    "quatre": "katre",
    "possible": "posible",
    "ok": "okok okk okey oki okkk",
}

# --- a past without its accents: what `core/sms/tokens.py` asks of French alone -------------------------------------------

ACCENTED_PAST = frozenset(["payé", "payée", "réglé", "versé", "envoyé"])
_WISHING = """
    aimerai aimerais desire veux veut veu vx jveux jvx voudrais voudrai voulais souhaite peux peut puis dois doit
    vais va faut
    pour de à laissez
"""
BEFORE_ACCENT = frozenset(_WISHING.split())
"""Behind them `payé` is `payer` by another spelling."""
GIVEN = frozenset((whom, has) for whom in ("m", "nous", "t", "lui") for has in ("a", "ont"))
"""Between them and a past somebody was paid, and did not pay: `on m'a enfin payé`."""
HAVE = frozenset(["ai", "jai", "g", "avons", "avez", "ont"])
PAST = frozenset(
    f"{verb}{end}"
    for verb in ("pay", "envoy", "vers", "regl", "depos", "transfer", "sold", "complet", "effectu", "cotis")
    for end in ("e", "er", "es", "ee", "ees", "")
)
BEFORE_INFINITIVE = frozenset(["a", "de", "pour", "besoin", "envie"])

# --- phrases --------------------------------------------------------------------------------------------------------------

_HAS = "ai|jai|g|ge|avais|javais|avons|avions|ont|avait|avaient"
_ALREADY = "|deja|bien|quand meme|aussi|enfin|encore|pourtant|du|pu|meme"
"""Between a verb and its past, or nothing."""
_DONE = "paye|regle|verse|envoye|transfere|depose|cotise|acquitte|rembourse|solde"
_PAID = "paye|payer|regle|regler|verse|verser|envoye|envoyer|transfere|transferer|depose|deposer|cotise|acquitte"
_GAVE = "mis|remis|donne|donner|avance|ajoute|balance|lache|vire|soumis"
_TOOK = "debite|preleve|retire|coupe|enleve|pris|tire|encaisse|ponctionne|soustrait|deduit|bouffe|mange"
_IF = (
    "si je|si j|si on|si nous|si jamais je|si jamais j|si jamais on|si par hasard je|si un jour je|et si|si demain je"
    "|si ce mois je|si moi je|supposons que je|supposons qu on|supposons que nous|supposons que j|suppose que je"
    "|admettons que je|admettons que j|imaginons que je|imaginons que j|imagine que je|mettons que je|au cas ou je"
    "|a supposer que je|disons que je|si je te|si je vous|si demain on|si demain nous|des fois que je"
)
PHRASES: Mapping[str, str] = {
    "oui": "c est (bien|) (cela|lui|elle|exact|correct)",
    "whatif": f"""
        {_IF}|en (payant|versant|ajoutant|remboursant|soldant|mettant|donnant|avancant|reglant)|imaginons|supposons
        que se passe (t|) il si|que se passerait il
        si (jenvoi|jenvoie|j envoi|j envoie|je donne|je paie|je paye|je verse|je mets|j ajoute|je donnais)
    """,
    "paierai": """
        (compte|vais vous|vais|va|pourrai|espere|allons|pense|prevois de|viendrai|passerai) (payer|regler|verser)
        (comptons|viendra|viendrons|passera|pourra|passe|passerons|pourrons|prevoyons de|vont|viens
            |serai en mesure de) payer
        (ferai le|ferai un) (paiement|versement)
        vais (envoyer|solder|rembourser|completer|ajouter|deposer|apporter|transferer|donner|finir|effectuer
            |effectuer le paiement|faire le paiement|faire un paiement|faire un versement|venir payer|honorer|cloturer
            |terminer de payer|finir de payer|avancer|vous envoyer|vous donner|vous rembourser)
        aurai (paye|verse|regle)|veux payer demain|allons (solder|completer|envoyer|donner)|va envoyer|va rembourser
        va solder|compte envoyer|compte rembourser|pense envoyer|espere envoyer|pourrai envoyer|viens regler
        passe regler|viendrai deposer|passerai deposer
        viendrai (solder|completer|tout payer|finir|regler)
        (vais|vais vous|allons) tout (payer|regler|solder|envoyer|rembourser)
        vais (paye|regle|verse)
    """,
    "owe": """
        fini (de tout payer|de payer tout|tous les frais|toute la scolarite|de payer|avec les frais|les frais)
        tout fini de payer|(suis|suis je|est il|sont ils|est elle) en ordre|suis je a jour
        (suis je en|j ai tout|suis en|tout est) regle|(un|mon|d) arriere|encore en dette|suis endette|tout est paye
        tout est solde|termine de payer|a jour|retard (et|) de combien|combien de retard|redevable|redevables
        en ordre de paiement|(en ordre|en regle) (avec|pour)|termine les frais
        (on doit|nous devons|doit on|devons nous|je dois) encore a l ecole|qu on doit encore
        (doivent|doit|devons) combien
        doit (encore|) quoi
    """,
    "reached": """
        n est pas la|(ne voit|c est la ou|figure|ca sort) pas|(vois|voient|voyez) (pas|rien)|voit rien
        (c|argent) (est rentre|est chez vous)|(c|cest|ca) rentre|bien rentre chez|ca a atterri|a atterri|c est deja la
        tarde a arriver|argent est entre|bien entre|ne bouge|rien ne bouge
    """,
    "aide": """
        (sais pas|montre moi|sais plus|montrez moi|ecrire|pas compris|faire) comment|(comprends|comprend) (pas|rien)
        (sert a|ecris|sais pas|mettre|ecrit|sais plus|taper|ecrire|peux faire|tape|faut envoyer|faut taper|envoyer) quoi
        comment (ca marche|payer|je paie|je paye|faire|puis je|utiliser|marche|fonctionne|ca fonctionne|on fait
            |on utilise|j utilise|effectuer|proceder|faire pour payer|envoyer|regler|rembourser|se servir
            |ca se passe ici|ecrire|vous ecrire|on ecrit|on vous|on paie|on paye|utilise|s utilise|se sert|m y prendre)
        que (puis je|peut on|peux tu|dois je envoyer|faut il ecrire)|quoi ecrire
        (que|sais pas|quoi|qu on peut|que savez vous|que pouvez vous|que peux tu|sais pas quoi|peut on) faire
        quelles sont les (options|commandes)|quels sont les services
        qu est ce que (j ecris|je dois ecrire|je peux ecrire|c est)|c est quoi (ce numero|ca|ce service)
        a quoi sert ce numero|a quoi ca sert|sais pas (utiliser|ecrire|m y prendre)|suis perdu|suis perdue
        (peut|peux) (faire quoi|demander ici)|fait quoi ici|faire quoi ici|peut on demander|qu on peut demander
        (les mots a|dois|faut il|quoi|dois je) taper|quels mots|quel mot|tape on quoi|quoi mettre|quoi envoyer
        envoie quoi|mode d emploi|fait comment (ici|pour)|on fait comment avec|comprends plus|expliquez moi|explique moi
        quelles commandes|faut ecrire quoi
        marche (ce service|votre service|ce numero)
        dois ecrire quoi|ecrire quoi
    """,
    "monpaiement": """
        (mon|est ce que le|est ce que mon|notre) paiement|mon versement|mon reglement|mon depot|le paiement est
        paiement est (t|) il
    """,
    "unchanged": "pas change|pas diminue|pas bouge",
    "saangapi": "quelle heure",
    "dieu": """
        (que dieu|dieu) (vous donne|te donne)|longue vie|(vous|te) (le rende|le rendra)|au centuple
        vous le (rendra|rende) au centuple
    """,
    "merci": """
        (merci pour|merci de) (votre patience|ta patience)|(pour votre|bonne|de votre) comprehension|excusez moi encore
        pardon encore|encore (pardon|merci|une fois merci)|merci (encore|d avance|par avance|de comprendre)|a bientot
        bon (courage|travail|dimanche|week end)|bonne (semaine|fin de journee|continuation)
    """,
    "okay": """
        (tu as|vous avez) bien compris|pas de (probleme|souci|soucis)|(c|cest|ces|c est) bon|bien sur|ca marche
        sans probleme|ca roule|ca joue|c est entendu|bien entendu|parfait|impeccable|volontiers|absolument|exactement
        tout a fait
    """,
    "restante": """
        payer quoi|(payer quoi|doit elle|doit on|faut verser|devons nous|doit il|dois je) encore
        (il faut|renvoyee pour|je reste avec|faut verser|renvoye pour|reclament|dois payer|faut payer|faut|restons avec
            |a payer|me reclame|faut il) combien
        verser quoi|apporter quoi
        reste (avec combien|avec quoi|a rembourser|a regler|t il encore|t il|il|a paye|a regle|t il a regler
            |t il a donner|t il a rembourser|t il quelque chose a payer|t il quelque chose|a donner|du)
        (nous restons avec|reclame encore|chassee pour|reclame|a paye|me reclame encore|reclamez|chasse pour) combien
        mon du|mon du total
        (montant|total|montant exact|quelque chose|somme|restant|restants|somme exacte|restante) a payer
        (total|solde) (restant|du)|(ce qui|ce qu il|ce qu il me|quoi|ce qui me|qu est ce qui) reste
        combien (de tranches|apporter|payer|je dois payer|on me reclame|vous me reclamez|me reclamez)
        (reste t il a|reste a|encore a|combien dois je|combien il faut|combien faut il|reste encore a|dois encore
            |faut encore|combien a|quoi a) (payer|verser)
        (faut|dois je|a|dois) apporter|somme due|montant (du pour|total du|restant)|montants dus|somme restante
        me reste t il|ardoise|encore a regler|encore a donner|restant du
        (montant|somme|ce) que je n ai pas (encore|) paye
    """,
    "paid": f"""
        ({_HAS}) ({_ALREADY}) ({_PAID}|rembourse|solde)|a ({_ALREADY}) ({_DONE})
        ({_HAS}|a) ({_ALREADY}) (fait|effectue) (le|un|mon|notre|ce) (paiement|versement|depot|virement|transfert
            |reglement|envoi)
        (viens|vient|venons|viennent) de (vous|te|lui|leur|nous) (envoyer|payer|verser|regler|transferer|rembourser|deposer)
        (viens|vient|venons|viennent) de (payer|verser|regler|deposer|transferer|rembourser|vous payer|vous verser
            |vous transferer)
        (viens|vient|venons|viennent) de faire (le|un) (paiement|depot|versement)
        (viens|vient|venons|viennent) d (envoyer|effectuer)|(vous|t|te) ({_HAS}) ({_ALREADY}) ({_PAID})
        (paiement|versement|transfert|virement|depot) (effectue|fait)|envoi fait|j ai fait un depot
        (deja|apres avoir) (paye|verse|regle)|paye deja|deja (envoye|depose|transfere|payer|rembourse|solde|cotise)
        ai deja fait|ai effectue|apres paiement|tout paye
        avoir (verse|paye|envoye|transfere|rembourse)
        a vire
    """,
    "debitee": f"""
        ({_HAS}) ({_ALREADY}) ({_GAVE})|a ({_ALREADY}) (mis|remis|donne|lache)
        (m|nous|t|me|lui|l|leur) (a|ont|avez|as|aviez|avait) ({_ALREADY}) ({_TOOK})
        (ete|est|etait|sont|compte) (debite|preleve|retire|coupe|enleve|ponctionne|debitee|prelevee|retiree)
        (a|avez|ont|ma) (debite|preleve|pris|retire)|(a fait un|vu un|a fait) debit|ma coupe|ma enleve
        vient de (me prelever|me debiter|me retirer|me couper|m enlever|donner)|viennent de me (prelever|debiter)
        viens de (donner|mettre|remettre)|venons de donner
    """,
    "parvenu": """
        (est il|est il bien) (entre|arrive|passe|rentre)
        est (il parvenu|elle arrivee|reussie|en attente|arrive|pas visible|elle passee)|sont ils arrives
        sont elles arrivees|(pas de|pas eu de|attends la|aucune|sans) (quittance|confirmation)
        (pas|pas encore) (de quittance|de recu|recu|passe|visible)|aucun (recu|message de vous|message)
        pas (encore eu|de reponse|abouti|encore arrive|eu de message|recu de message)
        attends (toujours la|) confirmation
        (attends le|as tu|pas eu de|a|ete|avez|avez vous|rien|l a|bien|a t elle|vous avez|ont) recu|aucune reponse
        reussi ou pas|a reussi|a abouti|n a pas abouti|a echoue|(bien|ete) (recu|recue|recus)
        les avez (recus|vus|vu|trouves|eus)
        avez (recus|recue|vu passer|vu arriver|bien eu|eu|vous bien eu|vous eu|compte)|bien arrive|reception
        (eu|vu) (mon argent|l argent|mon paiement|le paiement)|eu mon versement|touche mon argent
        l avez (vu|vue|trouve|eu)|lavez vu|l as vu|compte ca|vous est parvenu|vous sont parvenus
        (c|cest|c est|bien|est bien|a bien) passe|passe ou pas|ca se voit|vu cet argent|vu cette somme
        (vu ce|trouve le|trouve mon) paiement
        (toujours|tjrs|encore) rien|(toujours|tjrs|encore) pas monte|pas monte
        qu il est (entre|arrive|passe|parvenu)
        recu ou pas|bien (rentres|rentre|rentrees|entres)
    """,
    "ouest": "ou (en|c|) est|ou sont|ou se trouve|est ou|sont ou|est passe|sont passes",
    "releve": """
        (extrait de mon|mouvements du|extrait du|mouvements de mon|etat de|extrait de|mouvement de mon) compte
        un extrait|tous paiements|(paiements|versements) (effectues|faits)
        (tous mes|tous les|quels|mes) (paiements|versements)|quels paiements avez vous recus|paiements recus
        quels sont (les|mes) paiements|(mes|toutes mes) (operations|transactions)|toutes les operations|les operations
        mes mouvements|mes reglements|(j ai|j ai deja) (donne combien|paye combien|verse combien)
        (combien j ai|combien ai je|combien j ai deja) (donne|paye|verse)|combien ai je deja paye
        toutes les (tranches|trnches|sommes) que (j ai|jai|nous avons)
        les (tranches|sommes|montants) (versees|verses|payees)
        (detail|details) (de ce qui|de ce que j ai|des paiements|de mes paiements|des versements|de tout)
        (tout|tous|toutes) les mouvements|mouvements de (mon|la|ce)|etat (ya|de|du) (konti|compte|loan|pret)
    """,
    "daccord": """
        d accord|(c est|cest) (d accord|ok|oui|correct|exact|parfait)|suis (d accord|partant|partante|ok)|ca me va
        c correct|marche conclu|cest daccord|ca me convient|me convient
        (c est|cest) (bien|) (lui|elle)
    """,
    "non": """
        (surtout|n accepte|n en veux|confirme|n acceptons) pas|(suis pas|ne suis pas|pas) (d accord|daccord)
        (pas|ce n est pas|n est pas) (correct|ca)|(c|cest|ne faites|c est|ne fais) pas ca|n en veux plus
        ne (confirme|valide|validez|confirmez|faites surtout|faites|le faites|le fais) pas|non laissez|non laisse
        (laissez|non laissez|non laisse|laisse) (tomber|ca)|merci non|(merci|non merci|non) ca ira|sans moi|on laisse
        on annule|pas (la peine|besoin|celui la|maintenant|aujourd hui)|plus besoin|change d avis|ne faites rien
        ne fais rien|n envoyez rien|(annulez|annule) (tout|ca)|jamais de la vie|annulez cela|oubliez ca|oublie ca
        je refuse
    """,
    "faitesle": """
        oui (c est moi|bien sur|c est ca|vous pouvez|confirmez|confirme|allez|vas|lancez|validez|je valide)
        (oui c est moi|oui svp|c est bon|cest bon|svp|c est moi|ok|d accord|oui|sans probleme|bien sur) faites
        bien sur faites le|bien sur allez y|ok faites ca|(faites|fais) (le|ca|le seulement|seulement|comme ca)
        (allez|vas) (y|y seulement)|(c est|cest) (bon faites|ca|bien ca|parti)
        (vous pouvez|tu peux) (y aller|continuer|le faire)|vous pouvez proceder|pouvez continuer|c ca
        (ok|accord|bon) confirmez|procedez|procede|on y va|on continue|y a pas de probleme|faites donc|vas y fais le
        allez y faites le|lancez vous|je valide|validez
    """,
    "howmuch": "quelle somme|quel montant",
    "engage": """
        m engage
        (accordez|donnez|laissez) moi (encore|) (une semaine|quelques jours|deux jours|trois jours|le temps|un peu de temps)
        un delai de
        accordez moi jusqu
        (accordez|laissez|donnez) moi encore (une semaine|deux semaines|trois semaines|quelques jours|un mois)
    """,
    "help": "que dois je (faire|ecrire)|dois je ecrire",
    "statement": """
        (ce que j ai|ce que nous avons|ce que jai|ce qu on a) (paye|deja paye|verse)|montrez mes paiements
        ce que j ai (deja verse|envoye|depose|deja envoye)|ce que g paye|tout ce que (j ai|nous avons) donne
    """,
    "push": """
        sur mon (momo|telephone|numero)|(envoyez|envoyez moi) (la demande|le prompt)|envoie la demande|la requete momo
        la demande momo|la demande de paiement
        (envoie|envoyez|envoyer) (la|une) notification
        demandez moi|(tape|mets|mette) mon code
    """,
    "wrong": "etait pour|au lieu de|c etait pour",
    "emprunter": """
        (prendre|contracter|demander|avoir|obtenir|ajouter|reprendre|faire) (un|encore|encore un|un autre|un nouveau
            |un petit|un deuxieme|un second|le) (pret|credit|emprunt)
        prendre pret|en pret|comme pret|a credit|depanner|depannez
        (depanne|pretez|prete|avancer|depannez|avancez|avance) moi|pretez nous
        (en prendre|en avoir|en reprendre|en demander) un autre
    """,
    "prets": """
        (ma demande de|notre demande de|avais pris un|ai pris un) (pret|credit)|suite de ma demande
        (ai|jai|avons|avais|g) emprunte|(notre|cet|mon|l) emprunt|mes emprunts|nos emprunts
        m avez prete|m aviez prete
    """,
    "rester": "reste (a la maison|a l hopital|a la|chez|au lit|avec|en|au|dans)|restent a la maison",
    "payer": """
        (effectuer|faire) (un paiement|le paiement|paiement|un versement|un depot)
        (effectuer mon|effectuez le|passer au|proceder au|faites le) paiement|faire le versement
        ne (peux payer|peut payer|pourrai payer|peux verser|peux donner) que|peux payer seulement
    """,
    "venir": """
        (m|nous|t|l|les|vous|lui) (a|ont|avez|as|aide|aident) (beaucoup|bien|deja|) (aide|aidee|aides)
        manque (un|une|des|le|la|son|sa|ses|de)|manquer de
        (merci pour votre|merci pour l|merci de votre|dieu nous|avec l|m|que dieu vous|merci pour ton|votre fils|dieu
            |dieu vous|nous|merci de ton) aide
        merci (d|de nous|de m) aider|(a rembourser|remboursable|a rendre|remboursables|rembourser|payable) (en|sur)
        a rembourser dans|a rendre dans|remboursable dans|payer en deux|payer en trois|en plusieurs fois
        (me|nous) (reclame les|reclamez les|manque beaucoup)|reclame les frais|reclament les frais|en arriere|de retour
        est (de retour|ne|arrive quelque chose|parti a|partie a|parti en|partie en|parti pour|tombe de|tombee de
            |tombe dans|tombee dans)
        suis de retour|a la maison|plein de|prend soin
        prendre (soin|part|note|rendez vous|le bus|l enfant|les enfants|mon fils|ma fille|mon enfant|contact
            |les nouvelles|des nouvelles)
        (pris|prenez) (soin|note)|prends soin|prenez place|prend part|met son|mettre (son|l uniforme|en classe)
        tire au sort|coupe du monde|la coupe|coupe (les|de) cheveux|le tirage|coupure|prends le bus|enlever son
        enlevez lui
        retirer (l enfant|mon enfant|mon fils|ma fille|le bulletin|son bulletin|les bulletins|le diplome|les documents
            |le dossier)
        retire son bulletin|dernier ne|premier ne|nouveau ne|(ne sait|ne peut|sait) (pas ecrire|pas lire)
        (ne|de ne) pas renvoyer|ne pas chasser|(ne|ne le|ne la) (renvoyez pas|chassez pas)|ne les renvoyez pas
        (comme|m a|avais|avait) promis|comme convenu|a promis de venir|une partie (de|des|du|d)
        partie (de ma|de mes|des frais|au|en)|(en|deuxieme|premiere|suis) partie
        le reste (on|viendra|apres|suivra|plus tard|bientot|je|la semaine|a la fin)
        reste (a venir|en contact|sans voix|benie|beni)|et si (vous|dieu|ca)
        (et si|si|et si c est|si c est|si cela est) possible|si vous (voulez|le voulez|pouvez)
        (le|au|ce|les|notre|du|mon) pays|arrive (a l heure|en retard|en classe|a la maison)|arriverons
        (qu il|on|qu elle|j|suis bien|suis) arrive|l aide de|l aide d|grace a l aide|tu me manques
        vous (me manquez|nous manquez|devez savoir|devez comprendre|arrivez)|tu nous manques|suis parti|parti au
        parti en|qui viendra|tombe (malade|en panne|par terre)|tombee malade|tombes malades|nuit tombe|dieu voit
        (nous|le|te|vous|la|de) garde|garde la foi|(rendre|rend|rendu|rendez) service|(me|se) (rendre a|rendre au)
        je me rends|me suis rendu|me suis rendue|recevez (mes|nos|l expression|monsieur|madame|cher)|veuillez recevoir
        a la liste d attente|dieu a envoye|seigneur a envoye|si dieu (le|) veut|s il plait a dieu
        respect que je vous dois|que je vous dois tout|(doit|dois) (venir|passer|prendre|partir)|doit rester
        doit aller a|doit dormir|dois aller|dois rentrer|je reste|nous restons|restons en contact
        mille (excuses|mercis|merci|fois merci|pardons|fois)|cent fois|nous arrivons|j arriverai|nous arriverons
        bien arrive a la|sommes (bien|) arrives
        est prete
    """,
    "remboursement": """
        (rendez|rends|rendre|retournez|retourne|retourner|ramenez|ramene|restituez|restituer|redonnez|redonner|reversez
            |reverser) (moi|nous|me|) (mon argent|l argent|mes sous|mes|notre argent|le surplus|la difference|la somme
            |le montant|cet argent)
        (remettez|remettre|renvoyez|renvoyer|renvoie|remets) (moi|nous|) (mon argent|l argent|mes sous|notre argent
            |le surplus|la difference|cet argent)
        (me|nous) (retourner|rembourser|restituer|redonner|reverser|rendre les|rendre mes|remettre mes|renvoyer mes)
        (me le|me les|me la) (retourner|rendre|rembourser)
        me (le renvoyer|les renvoyer|faire rembourser|rendiez|remboursiez|retourne mon)
        (me|nous) (le rendre|les rendre|rembourse|rende)|(retournez|rendez) (le moi|les moi)|renvoyez (le moi|les|moi)
        (reclame|me retourne|reclamer) (les|mes)|reclame la somme|reclame mon du|faire retourner|faire rembourser
        (etre|soit) (rembourse|remboursee)|soit rendu|soit retourne|rendez nous
        (veux|reveux|recuperer|reclamer|voudrais|reclame|besoin de) mon argent|mon argent en retour|retournez moi
        renvoyez|(paye|envoye|verse|transfere|regle|payer|depose) deux fois|(annulez|annuler) (mon paiement|le paiement)
        (paye|en|envoye|de|verse) trop|trop (verse|paye|percu|envoye)|surplus|excedent|veux mes sous|veux recuperer
        paye 2 fois|deux fois par erreur
        (pris|prelve|preleve|retenu|coupe) trop|trop pris
        me retourne (le|la|les)
    """,
    "travail": """
        (aidez|aider) (mon fils|ma fille)|aidez mon enfant|rendez vous|rendre visite|rendez visite
    """,
    "obtenu": """
        faut combien de
        combien (de cahiers|de livres|faut il de|il faut de|en maths|en math|en francais|en anglais|de points|de pour
            |d eleves|de jours|de temps|d heures|coute|coutent|de pages|d enfants|de fois)
        (ai|avons) (recu|bien recu|deja recu)|jai recu|g recu|viens de recevoir|avoir recu
        (eu|aura|obtenu|coute|coutent) combien|(eu combien|points|note) (en francais|en anglais)
        eu combien en (maths|math)|c est quel prix|(cours|professeur|devoir|livre|prof) (de francais|d anglais)
        (examen de|note de|notes en) francais
        (bulletin du|debut du|debut de|travaille ce|notes du|examens du|fin du|fin de|resultats du|rentree du|points du
            |bien travaille ce) trimestre
    """,
    "authentique": """
        (vient|vient vraiment|vraiment|est|bien|vient bien) de chez vous|vient (vraiment|) de vous|emane de|fabrique
        fabriquee|vient de votre|bon ou pas|bonne ou pas|bon ou faux|bonne ou fausse|est correct ou|en regle ou
        est une vraie|est un vrai|(jai un|je|j ai un) doute
    """,
    "argentparti": """
        (argent|montant|somme|sous) (debite|preleve|retire|coupe|enleve|debitee|prelevee|retiree|debites|preleves)
    """,
    "patienter": """
        (je passe|je me presente|on passe|je passerai|viendrons|viendra|je reviens|serai la|viendrai|nous passons
            |je reviendrai|viens|passerai) avec
        ma parole|parole d honneur|je (le|vous|te|) jure|sans faute|vous aurez|tu auras|aurez vos|aurez votre
        vous recevrez|tu recevras|c est sur|comptez sur|compte sur moi|donnez moi un delai|accordez moi|un delai
        (un|encore un) peu de temps|vous aurez vos|tu auras tes|je ferai un effort
        un peu de patience
    """,
    "solde": """
        la situation de|situation (des frais|de l eleve|de mon enfant|financiere|de compte|du compte|de mon compte)
        (mon compte est|nous sommes|on est|je suis|compte est|suis) a combien|en est on|on en est ou
        (ou|ouest) (en suis je|j en suis|nous en sommes|en sommes nous)|si j ai fini de payer|si j ai tout paye
    """,
    "payez": """
        (besoin|envie|decide|prevu|l intention|pret|prete|oblige) (de|a|d) (payer|regler|verser|solder|envoyer|m acquitter)
    """,
    "verser": """
        je (vous rembourse|te rembourse|vous envoie de quoi payer|transfere|vous regle|t envoie|vous envoi|vous remets
            |m acquitte|solde|vire|cloture|liquide)
        nous (remboursons|vous remboursons|versons|reglons|deposons|transferons|acquittons de)
        (je|on) (verse|regle|depose|vous verse|vous paie|vous paye|rembourse)
        (laissez moi|voudrais|souhaite|veux|laisse moi|aimerais) envoyer|laissez moi verser|vous envoi|m acquitte
        m acquitte (donc|) de|voudrais verser|permettez moi de (payer|verser)
        m aquitte
        je vous (apporte|amene|depose)
    """,
    "solder": """
        on solde|nous soldons|je vide|vider ma dette|(veux|voudrais) (finir|terminer|cloturer|liquider)|souhaite finir
        je termine ma|je finis ma
    """,
    "transferer": """
        (transfert du|bouger le|virer le|transfert de|glisser le|deplacement du|transfert de mon) paiement
        transfert vers|faites glisser|faites passer
    """,
    "cotise": """
        je (donne|vous donne|remets|mets|complete|t apporte|vous apporte)
        nous (donnons|remettons|ajoutons|mettons|completons|avancons)|on donne|j ajoute|on met|j avance|on avance
        (voudrais|veux|souhaite) (avancer|mettre|donner|ajouter)|aimerais avancer|veux completer|voudrais completer
        fais glisser
    """,
    "savoir": "(savoir|verifier|voir) (si je|si j ai)|savoir si j|savoir si|verifiez si",
    "erreur": """
        (c etait|n est|n etait|etait) pas pour|doit etre (mis|affecte|transfere|transferee|deplace|sur)
        devait etre (mis|sur)|est pour|etait destine a|etait destine|mal affecte|mal impute
        mauvais (compte|enfant|eleve|matricule|numero)|(me suis|s est) (trompe|trompee)|me suis gourre
        nous nous sommes trompes|ai fait (une|) erreur|doit aller sur|(devait|devrait) (aller|etre)|doit aller|aurait du
    """,
    "salaire": """
        (salaire|pension|prime|paie|paye|bourse|pluie|neige|recolte|temps|courant|reseau|tontine|enfant|fils|fille|mari
            |femme) (est|sont|a) (tombe|tombee|arrive|arrivee|rentre|rentree|passe|passee|venu|venue|vire|verse|versee
            |paye|payee|parti|partie|coupe|sorti|sortie)
        (m|nous|t|me|lui) (a|ont|avait|aurait|avaient) (enfin|deja|bien|encore|) (paye|payee|payes|regle|verse|envoye
            |envoyee|transfere|avance|donne|remis|prete|depose)
        (la|ma) (paie|paye|paie est tombee)|jour de paie|de paie|jour de paye
        (me|nous) (paie|paye|regle|verse|doit|doivent)|me paient|me payent|on me paie|(vont|va) (me payer|nous payer)
        (etre|serai|suis) (paye|payee)|sommes payes|pas encore payee|pas encore payes
    """,
    "quittance": "(renvoyez|renvoyer|renvoie|envoyez) (moi|) (le|un) recu",
    "surplus": "de trop",
    "desque": "des que (la|le|je|j|mon|ma|mes|on|nous)|quand j aurai|(apres|des) la (vente|recolte|paie)",
}
_VERB = (
    "(?:pai|pay|honor|clotur|liquid|cotis|regl|vers|apport|depos|transfer|rembours|acquitt|sold|complet|effectu|amen)"
)
ADDRESSED = (
    "ecri(?:re|vez|ve|s)|envoyez|parle[rz]?|repond(?:ez|re|s)|utilise[rz]|messages?|change[rz]|mettez|prefer[a-z]+"
    "|langue|dites|expliquez|lis|comprends"
)
STEMS: tuple[tuple[str, Sign], ...] = (
    (f"(?:{_VERB}er|enverr)(?:ai|ais|a|ons|ont)", Sign.WILL_PAY),
    ("(?:debit|prelev|encaiss|ponctionn)(?:er|ez|ons|e)", Sign.SETTLE),
    ("(?:donner|remettr|mettr|ajouter|finir|terminer|avancer|virer|ramener)(?:ai|ons)", Sign.WAIT),
)
