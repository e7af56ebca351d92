# Rendered by Parsimony; ‘gnuplot’ with this file in its folder renders it again. Texts and numbers are in the .dat beside it.

stem = ARG0[1:strlen(ARG0)-3]
set datafile separator "\t"
array words[41]
stats stem.'.dat' index 0 using (words[int(column(1))] = strcol(3), 0) nooutput
set encoding utf8
set minussign
set clip two
set border 3 lc rgb '#404040' lw 0.8
set tics nomirror out scale 0.6,0.3
set grid ytics back lt 1 lc rgb '#E6E6E6' lw 0.5 dt solid
unset key
set style line 1 lc rgb '#0072B2' lw 1.6 dt 1
set style line 201 lc rgb '#0072B2' lw 0.9 dt 1 pt 7 ps 0.55
set style line 101 lc rgb '#0072B2' lw 0.9 dt 1
set style line 2 lc rgb '#D55E00' lw 1.6 dt (8,3)
set style line 202 lc rgb '#D55E00' lw 0.9 dt 1 pt 5 ps 0.5
set style line 102 lc rgb '#D55E00' lw 0.9 dt 1
set style line 3 lc rgb '#009E73' lw 1.6 dt (2,2)
set style line 203 lc rgb '#009E73' lw 0.9 dt 1 pt 9 ps 0.6
set style line 103 lc rgb '#009E73' lw 0.9 dt 1
set style line 4 lc rgb '#CC79A7' lw 1.6 dt (8,3,2,3)
set style line 204 lc rgb '#CC79A7' lw 0.9 dt 1 pt 13 ps 0.65
set style line 104 lc rgb '#CC79A7' lw 0.9 dt 1
set style line 5 lc rgb '#56B4E9' lw 1.6 dt 1
set style line 205 lc rgb '#56B4E9' lw 0.9 dt 1 pt 6 ps 0.75
set style line 105 lc rgb '#56B4E9' lw 0.9 dt 1
set style line 6 lc rgb '#E69F00' lw 1.6 dt (8,3)
set style line 206 lc rgb '#E69F00' lw 0.9 dt 1 pt 4 ps 0.7
set style line 106 lc rgb '#E69F00' lw 0.9 dt 1
set style line 7 lc rgb '#000000' lw 1.6 dt (2,2)
set style line 207 lc rgb '#000000' lw 0.9 dt 1 pt 8 ps 0.8
set style line 107 lc rgb '#000000' lw 0.9 dt 1
set style line 8 lc rgb '#0072B2' lw 1.6 dt (8,3,2,3)
set style line 208 lc rgb '#0072B2' lw 0.9 dt 1 pt 13 ps 0.65
set style line 108 lc rgb '#0072B2' lw 0.9 dt 1
set style line 9 lc rgb '#D55E00' lw 1.6 dt 1
set style line 209 lc rgb '#D55E00' lw 0.9 dt 1 pt 6 ps 0.75
set style line 109 lc rgb '#D55E00' lw 0.9 dt 1
bar(low, high, bottom, top) = (high < bottom || low > top) ? NaN : low
inside(y, bottom, top) = y < bottom ? bottom : y > top ? top : y

do for [format in 'png svg pdf'] {
if (format eq 'png') {
set terminal pngcairo noenhanced size 2079,749 font 'Liberation Sans,8' fontscale 3.125 linewidth 4.1667 pointscale 4.1667 butt dashlength 1 background rgb 'white'
}
if (format eq 'svg') {
set terminal svg noenhanced size 665,240 font 'Liberation Sans,10.7' linewidth 1.33 butt dashlength 1 background rgb 'white'
}
if (format eq 'pdf') {
set terminal pdfcairo noenhanced size 17.60cm,6.34cm font 'Liberation Sans,8' fontscale 0.75 linewidth 1 butt dashlength 1
}
set output stem.'.'.format
set multiplot
set arrow from screen 0.02246,0.95584 to screen 0.06508,0.95584 nohead ls 1
set label '' at screen 0.04377,0.95584 point ls 201
set label words[1] at screen 0.07360,0.95584 left tc rgb '#0072B2'
set arrow from screen 0.12726,0.95584 to screen 0.16987,0.95584 nohead ls 2
set label '' at screen 0.14857,0.95584 point ls 202
set label words[2] at screen 0.17840,0.95584 left tc rgb '#B04A00'
set arrow from screen 0.23206,0.95584 to screen 0.27467,0.95584 nohead ls 3
set label '' at screen 0.25337,0.95584 point ls 203
set label words[3] at screen 0.28319,0.95584 left tc rgb '#007A5A'
set arrow from screen 0.33686,0.95584 to screen 0.37947,0.95584 nohead ls 4
set label '' at screen 0.35816,0.95584 point ls 204
set label words[4] at screen 0.38799,0.95584 left tc rgb '#A8527F'
set arrow from screen 0.44166,0.95584 to screen 0.48427,0.95584 nohead ls 5
set label '' at screen 0.46296,0.95584 point ls 205
set label words[5] at screen 0.49279,0.95584 left tc rgb '#2A7FAE'
set arrow from screen 0.55582,0.95584 to screen 0.59843,0.95584 nohead ls 6
set label '' at screen 0.57713,0.95584 point ls 206
set label words[6] at screen 0.60696,0.95584 left tc rgb '#9A6A00'
set arrow from screen 0.66998,0.95584 to screen 0.71260,0.95584 nohead ls 7
set label '' at screen 0.69129,0.95584 point ls 207
set label words[7] at screen 0.72112,0.95584 left tc rgb '#000000'
set arrow from screen 0.77478,0.95584 to screen 0.81739,0.95584 nohead ls 8
set label '' at screen 0.79609,0.95584 point ls 208
set label words[8] at screen 0.82592,0.95584 left tc rgb '#0072B2'
set arrow from screen 0.87958,0.95584 to screen 0.92219,0.95584 nohead ls 9
set label '' at screen 0.90089,0.95584 point ls 209
set label words[9] at screen 0.93072,0.95584 left tc rgb '#B04A00'
set lmargin at screen 0.08085
set rmargin at screen 0.31061
set bmargin at screen 0.16562
set tmargin at screen 0.81703
set logscale x
set xrange [0.23801827752710478:1.2083450930792252]
set xtics ('0.4' 0.4, '0.8' 0.8, '1.2' 1.2, '' 0.6 1, '' 1 1)
set xlabel words[10] offset 0,0.35
unset logscale y
set yrange [97.19491666666669:98.60841666666666]
set ytics ('97.2' 97.2, '97.4' 97.4, '97.6' 97.6, '97.8' 97.8, '98.0' 98, '98.2' 98.2, '98.4' 98.4, '98.6' 98.6)
set label 1001 words[11] at screen 0.08085,0.86435 left
set label 1002 words[12] at screen 0.01705,0.49132 center rotate by 90
plot stem.'.dat' index 1 using 1:(inside(bar($3,$4,97.19491666666669,98.60841666666666),97.19491666666669,98.60841666666666)):(0):(inside($4,97.19491666666669,98.60841666666666)-inside($3,97.19491666666669,98.60841666666666)) with vectors nohead ls 101 notitle, \
     stem.'.dat' index 2 using 1:(inside(bar($3,$4,97.19491666666669,98.60841666666666),97.19491666666669,98.60841666666666)):(0):(inside($4,97.19491666666669,98.60841666666666)-inside($3,97.19491666666669,98.60841666666666)) with vectors nohead ls 102 notitle, \
     stem.'.dat' index 3 using 1:(inside(bar($3,$4,97.19491666666669,98.60841666666666),97.19491666666669,98.60841666666666)):(0):(inside($4,97.19491666666669,98.60841666666666)-inside($3,97.19491666666669,98.60841666666666)) with vectors nohead ls 103 notitle, \
     stem.'.dat' index 4 using 1:(inside(bar($3,$4,97.19491666666669,98.60841666666666),97.19491666666669,98.60841666666666)):(0):(inside($4,97.19491666666669,98.60841666666666)-inside($3,97.19491666666669,98.60841666666666)) with vectors nohead ls 104 notitle, \
     stem.'.dat' index 5 using 1:(inside(bar($3,$4,97.19491666666669,98.60841666666666),97.19491666666669,98.60841666666666)):(0):(inside($4,97.19491666666669,98.60841666666666)-inside($3,97.19491666666669,98.60841666666666)) with vectors nohead ls 105 notitle, \
     stem.'.dat' index 6 using 1:(inside(bar($3,$4,97.19491666666669,98.60841666666666),97.19491666666669,98.60841666666666)):(0):(inside($4,97.19491666666669,98.60841666666666)-inside($3,97.19491666666669,98.60841666666666)) with vectors nohead ls 106 notitle, \
     stem.'.dat' index 7 using 1:(inside(bar($3,$4,97.19491666666669,98.60841666666666),97.19491666666669,98.60841666666666)):(0):(inside($4,97.19491666666669,98.60841666666666)-inside($3,97.19491666666669,98.60841666666666)) with vectors nohead ls 107 notitle, \
     stem.'.dat' index 8 using 1:(inside(bar($3,$4,97.19491666666669,98.60841666666666),97.19491666666669,98.60841666666666)):(0):(inside($4,97.19491666666669,98.60841666666666)-inside($3,97.19491666666669,98.60841666666666)) with vectors nohead ls 108 notitle, \
     stem.'.dat' index 9 using 1:(inside(bar($3,$4,97.19491666666669,98.60841666666666),97.19491666666669,98.60841666666666)):(0):(inside($4,97.19491666666669,98.60841666666666)-inside($3,97.19491666666669,98.60841666666666)) with vectors nohead ls 109 notitle, \
     stem.'.dat' index 1 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 2 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 3 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 4 using 1:2 with lines ls 4 notitle, \
     stem.'.dat' index 5 using 1:2 with lines ls 5 notitle, \
     stem.'.dat' index 6 using 1:2 with lines ls 6 notitle, \
     stem.'.dat' index 7 using 1:2 with lines ls 7 notitle, \
     stem.'.dat' index 8 using 1:2 with lines ls 8 notitle, \
     stem.'.dat' index 9 using 1:2 with lines ls 9 notitle, \
     stem.'.dat' index 1 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 2 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 3 using 1:2 with points ls 203 notitle, \
     stem.'.dat' index 4 using 1:2 with points ls 204 notitle, \
     stem.'.dat' index 5 using 1:2 with points ls 205 notitle, \
     stem.'.dat' index 6 using 1:2 with points ls 206 notitle, \
     stem.'.dat' index 7 using 1:2 with points ls 207 notitle, \
     stem.'.dat' index 8 using 1:2 with points ls 208 notitle, \
     stem.'.dat' index 9 using 1:2 with points ls 209 notitle
unset label 1001
unset label 1002
unset label
unset arrow
set lmargin at screen 0.37763
set rmargin at screen 0.64394
set bmargin at screen 0.16562
set tmargin at screen 0.81703
set logscale x
set xrange [0.5461601302732513:2.734066827695176]
set xtics ('1.0' 1, '1.5' 1.5, '2.0' 2, '2.5' 2.5)
set xlabel words[10] offset 0,0.35
unset logscale y
set yrange [94.11345320288804:98.84081607268415]
set ytics ('95' 95, '96' 96, '97' 97, '98' 98)
set label 1001 words[13] at screen 0.37763,0.86435 left
plot stem.'.dat' index 10 using 1:(inside(bar($3,$4,94.11345320288804,98.84081607268415),94.11345320288804,98.84081607268415)):(0):(inside($4,94.11345320288804,98.84081607268415)-inside($3,94.11345320288804,98.84081607268415)) with vectors nohead ls 101 notitle, \
     stem.'.dat' index 11 using 1:(inside(bar($3,$4,94.11345320288804,98.84081607268415),94.11345320288804,98.84081607268415)):(0):(inside($4,94.11345320288804,98.84081607268415)-inside($3,94.11345320288804,98.84081607268415)) with vectors nohead ls 102 notitle, \
     stem.'.dat' index 12 using 1:(inside(bar($3,$4,94.11345320288804,98.84081607268415),94.11345320288804,98.84081607268415)):(0):(inside($4,94.11345320288804,98.84081607268415)-inside($3,94.11345320288804,98.84081607268415)) with vectors nohead ls 103 notitle, \
     stem.'.dat' index 13 using 1:(inside(bar($3,$4,94.11345320288804,98.84081607268415),94.11345320288804,98.84081607268415)):(0):(inside($4,94.11345320288804,98.84081607268415)-inside($3,94.11345320288804,98.84081607268415)) with vectors nohead ls 104 notitle, \
     stem.'.dat' index 14 using 1:(inside(bar($3,$4,94.11345320288804,98.84081607268415),94.11345320288804,98.84081607268415)):(0):(inside($4,94.11345320288804,98.84081607268415)-inside($3,94.11345320288804,98.84081607268415)) with vectors nohead ls 105 notitle, \
     stem.'.dat' index 15 using 1:(inside(bar($3,$4,94.11345320288804,98.84081607268415),94.11345320288804,98.84081607268415)):(0):(inside($4,94.11345320288804,98.84081607268415)-inside($3,94.11345320288804,98.84081607268415)) with vectors nohead ls 106 notitle, \
     stem.'.dat' index 16 using 1:(inside(bar($3,$4,94.11345320288804,98.84081607268415),94.11345320288804,98.84081607268415)):(0):(inside($4,94.11345320288804,98.84081607268415)-inside($3,94.11345320288804,98.84081607268415)) with vectors nohead ls 107 notitle, \
     stem.'.dat' index 17 using 1:(inside(bar($3,$4,94.11345320288804,98.84081607268415),94.11345320288804,98.84081607268415)):(0):(inside($4,94.11345320288804,98.84081607268415)-inside($3,94.11345320288804,98.84081607268415)) with vectors nohead ls 108 notitle, \
     stem.'.dat' index 18 using 1:(inside(bar($3,$4,94.11345320288804,98.84081607268415),94.11345320288804,98.84081607268415)):(0):(inside($4,94.11345320288804,98.84081607268415)-inside($3,94.11345320288804,98.84081607268415)) with vectors nohead ls 109 notitle, \
     stem.'.dat' index 10 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 11 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 12 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 13 using 1:2 with lines ls 4 notitle, \
     stem.'.dat' index 14 using 1:2 with lines ls 5 notitle, \
     stem.'.dat' index 15 using 1:2 with lines ls 6 notitle, \
     stem.'.dat' index 16 using 1:2 with lines ls 7 notitle, \
     stem.'.dat' index 17 using 1:2 with lines ls 8 notitle, \
     stem.'.dat' index 18 using 1:2 with lines ls 9 notitle, \
     stem.'.dat' index 10 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 11 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 12 using 1:2 with points ls 203 notitle, \
     stem.'.dat' index 13 using 1:2 with points ls 204 notitle, \
     stem.'.dat' index 14 using 1:2 with points ls 205 notitle, \
     stem.'.dat' index 15 using 1:2 with points ls 206 notitle, \
     stem.'.dat' index 16 using 1:2 with points ls 207 notitle, \
     stem.'.dat' index 17 using 1:2 with points ls 208 notitle, \
     stem.'.dat' index 18 using 1:2 with points ls 209 notitle
unset label 1001
set lmargin at screen 0.72479
set rmargin at screen 0.97727
set bmargin at screen 0.16562
set tmargin at screen 0.81703
set logscale x
set xrange [0.391682057231226:1.601251605867092]
set xtics ('0.4' 0.4, '0.8' 0.8, '1.2' 1.2, '1.6' 1.6, '' 0.6 1, '' 1 1, '' 1.4 1)
set xlabel words[10] offset 0,0.35
unset logscale y
set yrange [96.8671741086482:98.7253022141291]
set ytics ('97.0' 97, '97.5' 97.5, '98.0' 98, '98.5' 98.5)
set label 1001 words[14] at screen 0.72479,0.86435 left
plot stem.'.dat' index 19 using 1:(inside(bar($3,$4,96.8671741086482,98.7253022141291),96.8671741086482,98.7253022141291)):(0):(inside($4,96.8671741086482,98.7253022141291)-inside($3,96.8671741086482,98.7253022141291)) with vectors nohead ls 101 notitle, \
     stem.'.dat' index 20 using 1:(inside(bar($3,$4,96.8671741086482,98.7253022141291),96.8671741086482,98.7253022141291)):(0):(inside($4,96.8671741086482,98.7253022141291)-inside($3,96.8671741086482,98.7253022141291)) with vectors nohead ls 102 notitle, \
     stem.'.dat' index 21 using 1:(inside(bar($3,$4,96.8671741086482,98.7253022141291),96.8671741086482,98.7253022141291)):(0):(inside($4,96.8671741086482,98.7253022141291)-inside($3,96.8671741086482,98.7253022141291)) with vectors nohead ls 103 notitle, \
     stem.'.dat' index 22 using 1:(inside(bar($3,$4,96.8671741086482,98.7253022141291),96.8671741086482,98.7253022141291)):(0):(inside($4,96.8671741086482,98.7253022141291)-inside($3,96.8671741086482,98.7253022141291)) with vectors nohead ls 104 notitle, \
     stem.'.dat' index 23 using 1:(inside(bar($3,$4,96.8671741086482,98.7253022141291),96.8671741086482,98.7253022141291)):(0):(inside($4,96.8671741086482,98.7253022141291)-inside($3,96.8671741086482,98.7253022141291)) with vectors nohead ls 105 notitle, \
     stem.'.dat' index 24 using 1:(inside(bar($3,$4,96.8671741086482,98.7253022141291),96.8671741086482,98.7253022141291)):(0):(inside($4,96.8671741086482,98.7253022141291)-inside($3,96.8671741086482,98.7253022141291)) with vectors nohead ls 106 notitle, \
     stem.'.dat' index 25 using 1:(inside(bar($3,$4,96.8671741086482,98.7253022141291),96.8671741086482,98.7253022141291)):(0):(inside($4,96.8671741086482,98.7253022141291)-inside($3,96.8671741086482,98.7253022141291)) with vectors nohead ls 107 notitle, \
     stem.'.dat' index 26 using 1:(inside(bar($3,$4,96.8671741086482,98.7253022141291),96.8671741086482,98.7253022141291)):(0):(inside($4,96.8671741086482,98.7253022141291)-inside($3,96.8671741086482,98.7253022141291)) with vectors nohead ls 108 notitle, \
     stem.'.dat' index 27 using 1:(inside(bar($3,$4,96.8671741086482,98.7253022141291),96.8671741086482,98.7253022141291)):(0):(inside($4,96.8671741086482,98.7253022141291)-inside($3,96.8671741086482,98.7253022141291)) with vectors nohead ls 109 notitle, \
     stem.'.dat' index 19 using 1:2 with lines ls 1 notitle, \
     stem.'.dat' index 20 using 1:2 with lines ls 2 notitle, \
     stem.'.dat' index 21 using 1:2 with lines ls 3 notitle, \
     stem.'.dat' index 22 using 1:2 with lines ls 4 notitle, \
     stem.'.dat' index 23 using 1:2 with lines ls 5 notitle, \
     stem.'.dat' index 24 using 1:2 with lines ls 6 notitle, \
     stem.'.dat' index 25 using 1:2 with lines ls 7 notitle, \
     stem.'.dat' index 26 using 1:2 with lines ls 8 notitle, \
     stem.'.dat' index 27 using 1:2 with lines ls 9 notitle, \
     stem.'.dat' index 19 using 1:2 with points ls 201 notitle, \
     stem.'.dat' index 20 using 1:2 with points ls 202 notitle, \
     stem.'.dat' index 21 using 1:2 with points ls 203 notitle, \
     stem.'.dat' index 22 using 1:2 with points ls 204 notitle, \
     stem.'.dat' index 23 using 1:2 with points ls 205 notitle, \
     stem.'.dat' index 24 using 1:2 with points ls 206 notitle, \
     stem.'.dat' index 25 using 1:2 with points ls 207 notitle, \
     stem.'.dat' index 26 using 1:2 with points ls 208 notitle, \
     stem.'.dat' index 27 using 1:2 with points ls 209 notitle
unset label 1001
unset multiplot
unset output
}
